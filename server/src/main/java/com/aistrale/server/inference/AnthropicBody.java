package com.aistrale.server.inference;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request as a client of Anthropic's format sent it.
 *
 * @param body not to be changed
 * @param betas the header {@code anthropic-beta}, which belongs to the body: it says which of its fields are known; or null
 */
public record AnthropicBody(ObjectNode body, @Nullable String betas) {}
