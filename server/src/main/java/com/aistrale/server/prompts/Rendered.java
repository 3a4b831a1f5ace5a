package com.aistrale.server.prompts;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A version with the values in their places.
 *
 * @param text null when the version has messages
 * @param messages as in a run; the text is one of role user. The caller's own
 * @param settings not to be changed
 */
public record Rendered(String name, int version, @Nullable String text, ArrayNode messages, ObjectNode settings) {}
