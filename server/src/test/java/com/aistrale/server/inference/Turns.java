package com.aistrale.server.inference;

import com.aistrale.server.kit.http.RawServer;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** What an upstream does to each request, in the order of their coming; the last turn is taken again and again. */
final class Turns {
    private Turns() {}

    static RawServer upstream(RawServer.Script... turns) throws IOException {
        var taken = new AtomicInteger();
        return new RawServer(line -> {
            while (line.request() != null) {
                turns[Math.min(taken.getAndIncrement(), turns.length - 1)].serve(line);
            }
        });
    }

    static RawServer.Script answers(String text) {
        return line -> line.write(OpenAiUpstream.answer(text));
    }

    static RawServer.Script streams(String... words) {
        return line -> OpenAiUpstream.stream(line, words);
    }

    static RawServer.Script fails(int status) {
        return fails(status, "");
    }

    /** @param headers each with its line's end */
    static RawServer.Script fails(int status, String headers) {
        return line -> line.write(OpenAiUpstream.error(status, headers, "No " + status + "."));
    }

    /** Says nothing until it is left. */
    static RawServer.Script hangs() {
        return RawServer.Line::awaitEnd;
    }

    /** Sends the answer byte by byte, one every second. */
    static RawServer.Script drips(String answer) {
        return line -> {
            int head = answer.indexOf("\r\n\r\n") + 4;
            line.write(answer.substring(0, head));
            for (char c : answer.substring(head).toCharArray()) {
                line.write(String.valueOf(c));
                Thread.sleep(1000);
            }
        };
    }

    /** Sends a stream of which each byte takes a second. */
    static RawServer.Script dripsAStream() {
        return line -> {
            OpenAiUpstream.beginStream(line);
            for (char c : OpenAiUpstream.delta("Hi").toCharArray()) {
                line.chunk(String.valueOf(c));
                Thread.sleep(1000);
            }
        };
    }

    /** Begins a stream, with who speaks and these words, and breaks it off. */
    static RawServer.Script breaksOff(String... words) {
        return line -> {
            OpenAiUpstream.beginStream(line);
            line.chunk("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
                    + "\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
                    + "\"content\":\"\"},\"finish_reason\":null}]}\n\n");
            for (var word : words) {
                line.chunk(OpenAiUpstream.delta(word));
            }
            throw new IOException("broken off");
        };
    }
}
