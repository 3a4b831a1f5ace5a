package com.aistrale;

import java.util.Map;
import java.util.random.RandomGenerator;

/** Clients for tests: nothing of the machine's environment, time that does not pass, and no chance. */
final class Clients {
    static final String KEY = "ais_secret_0123456789";

    private Clients() {}

    static AistraleBuilder builder(FakeServer server) {
        return Aistrale.builder()
                .environment(Map.of("AISTRALE_CONFIG", "/nonexistent/config.toml"))
                .apiUrl(server.url())
                .apiKey(KEY);
    }

    static Aistrale of(FakeServer server) {
        return builder(server).build();
    }

    static Aistrale of(FakeServer server, FakeClocks clocks) {
        return builder(server).clocks(clocks).random(withoutChance()).build();
    }

    static RandomGenerator withoutChance() {
        return () -> 0L;
    }
}
