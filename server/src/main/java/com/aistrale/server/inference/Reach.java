package com.aistrale.server.inference;

import com.aistrale.server.routing.Circuits;
import com.aistrale.server.routing.RetrySchedule;
import com.aistrale.server.tokens.ProviderSpec.Format;
import com.aistrale.server.tokens.Tokens;
import java.util.Map;

/** What it takes to ask providers. Thread-safe. */
public record Reach(Map<Format, Provider> adapters, Tokens tokens, Circuits circuits, RetrySchedule schedule) {
    public Reach {
        adapters = Map.copyOf(adapters);
    }

    Provider adapter(Format format) {
        var adapter = adapters.get(format);
        if (adapter == null) {
            throw new IllegalStateException("no adapter for " + format);
        }
        return adapter;
    }
}
