package com.aistrale.server.inference;

import com.aistrale.server.kit.http.RawServer;

/** Pieces of OpenAI's answers for {@link RawServer}: only the format's own members, written by hand. */
public final class OpenAiUpstream {
    private OpenAiUpstream() {}

    /** A plain answer with 9 input and 4 output tokens. */
    public static String answer(String text) {
        return RawServer.json("""
            {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-2024-08-06","choices":[
            {"index":0,"message":{"role":"assistant","content":"%s"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}\
            """.formatted(text));
    }

    /** An error in OpenAI's shape. */
    public static String error(int status, String headers, String message) {
        return RawServer.response(
                status + " Error",
                "content-type: application/json\r\n" + headers,
                "{\"error\":{\"message\":\"" + message + "\",\"type\":\"x\",\"param\":null,\"code\":null}}");
    }

    /** The head of a stream; its events are chunks of the transfer coding. */
    public static void beginStream(RawServer.Line line) throws java.io.IOException {
        line.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
    }

    public static String delta(String text) {
        return event("{\"content\":\"" + text + "\"}", "null");
    }

    public static String finish() {
        return event("{}", "\"stop\"");
    }

    public static String usage() {
        return "data:"
                + " {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-2024-08-06\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":13}}\n\n";
    }

    private static String event(String delta, String finishReason) {
        return "data:"
                + " {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-2024-08-06\","
                + "\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finishReason + "}]}\n\n";
    }

    /** A whole stream of these words. */
    public static void stream(RawServer.Line line, String... words) throws java.io.IOException {
        beginStream(line);
        for (var word : words) {
            line.chunk(delta(word));
        }
        endStream(line);
    }

    /** Finish reason, usage, {@code [DONE]}, and the end of the transfer coding. */
    public static void endStream(RawServer.Line line) throws java.io.IOException {
        line.chunk(finish());
        line.chunk(usage());
        line.chunk("data: [DONE]\n\n");
        line.write("0\r\n\r\n");
    }
}
