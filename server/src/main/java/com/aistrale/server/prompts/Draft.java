package com.aistrale.server.prompts;

import org.jspecify.annotations.Nullable;

/** A version on its way to its number. @param note what the author says of it, or null */
public record Draft(PromptContent content, @Nullable String note) {}
