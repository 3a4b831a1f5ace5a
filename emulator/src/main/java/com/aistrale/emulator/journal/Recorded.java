package com.aistrale.emulator.journal;

import com.aistrale.emulator.http.Headers;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One request as the journal tells it.
 *
 * @param number counted from 1 since the last reset, in the order of arrival
 * @param provider whose wire format it spoke: openai, anthropic, gemini, groq, huggingface, ollama
 * @param path as sent, below the emulator's root
 * @param headers credentials are replaced by {@link Fingerprint}s
 * @param body as sent
 * @param status what was answered, or 0 as long as nothing was
 * @param chunks how many chunks of a stream went out; 0 for a plain answer
 */
public record Recorded(
        int number,
        Instant at,
        String provider,
        String method,
        String path,
        Headers headers,
        String body,
        @Nullable String model,
        int status,
        int chunks,
        Ending ending) {

    /** How the exchange ended. */
    public enum Ending {
        /** It is still going on. */
        RUNNING,
        /** The answer, be it an error, went out to its end. */
        ANSWERED,
        /** The emulator broke the answer off, as it was told to. */
        CUT,
        /** The client closed the connection before the answer's end. */
        CLIENT_DISCONNECTED
    }

    /** Whether the client left before the answer's end. */
    public boolean clientDisconnected() {
        return ending == Ending.CLIENT_DISCONNECTED;
    }

    /** The first header of that name, or null. */
    public @Nullable String header(String name) {
        return headers.first(name);
    }
}
