package com.aistrale.server.inference;

import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.routing.Circuits;
import com.aistrale.server.routing.RetrySchedule;
import com.aistrale.server.tokens.ProviderSpec.Format;
import com.aistrale.server.tokens.Tokens;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What it takes to ask providers. Thread-safe. */
public record Reach(
        Map<Format, Provider> adapters,
        Tokens tokens,
        PriceCatalogue models,
        Circuits circuits,
        RetrySchedule schedule) {
    public Reach {
        adapters = Map.copyOf(adapters);
    }

    /** The most output that a target is asked for where the request names no maximum; null where it is not told. */
    @Nullable
    Integer usualMaximum(Target target, ChatRequest request) {
        return adapter(target.endpoint().spec().format()).usualMaximum(target.model(), request);
    }

    /**
     * What the target is asked. Programs that were written for Anthropic's models ask them all to think: of one that is
     * known not to, that is not asked.
     */
    ChatRequest fitted(ChatRequest request, Target target) {
        if (request.reasoningEffort() == null || request.anthropic() == null) {
            return request;
        }
        var listed = models.find(target.provider(), target.model()).orElse(null);
        return listed != null && Boolean.FALSE.equals(listed.reasoning()) ? request.withoutReasoningEffort() : request;
    }

    Provider adapter(Format format) {
        var adapter = adapters.get(format);
        if (adapter == null) {
            throw new IllegalStateException("no adapter for " + format);
        }
        return adapter;
    }
}
