package com.aistrale.server.inference;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** A request as its client sent it, in the format of a provider: upstreams of that format get it as it came. */
public sealed interface AsSent {
    /** Not to be changed. */
    ObjectNode body();

    /** In OpenAI's format. */
    record OpenAi(ObjectNode body) implements AsSent {}

    /**
     * In Anthropic's.
     *
     * @param betas the header {@code anthropic-beta}, which belongs to the body: it says which of its fields are known; or null
     */
    record Anthropic(ObjectNode body, @Nullable String betas) implements AsSent {}
}
