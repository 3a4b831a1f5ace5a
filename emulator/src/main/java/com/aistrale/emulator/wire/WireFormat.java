package com.aistrale.emulator.wire;

/** One service's way of speaking. Holds no state of its own; used by many threads at once. */
public interface WireFormat {
    /** The provider's name: openai, anthropic, gemini, groq, huggingface, ollama. */
    String provider();

    /**
     * Answers a request.
     *
     * @throws Refusal if the service would refuse it
     */
    Reply answer(Turn turn);

    /** The service's error of that status. */
    Reply.Whole error(int status, Turn turn);
}
