package com.aistrale.server.inference;

/** Why a model stopped, in the words of OpenAI's format. Open: a reason without a place here passes as the provider says it. */
public final class FinishReason {
    private FinishReason() {}

    public static final String STOP = "stop";
    public static final String LENGTH = "length";
    public static final String TOOL_CALLS = "tool_calls";
    public static final String CONTENT_FILTER = "content_filter";
}
