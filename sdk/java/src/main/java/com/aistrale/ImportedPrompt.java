package com.aistrale;

/**
 * What became of a Dotprompt file.
 *
 * @param version the prompt's latest version, which says what the file says
 * @param created whether it was made; false where it was there already
 */
public record ImportedPrompt(PromptVersion version, boolean created) {}
