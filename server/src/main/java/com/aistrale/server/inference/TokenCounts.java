package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.tokens.ProviderSpec.Format;
import java.util.List;
import java.util.Map;

/** Asks who would be asked how many tokens a request has. It costs nothing, so nothing is recorded. Thread-safe. */
public final class TokenCounts {
    /** @param body the provider's own */
    public record Count(String provider, byte[] body) {}

    private final Router router;
    private final TokenCounter counter;

    public TokenCounts(Router router, TokenCounter counter) {
        this.router = router;
        this.counter = counter;
    }

    /**
     * Counts.
     *
     * @param model as the caller wrote it; of an alias the first one within reach is asked
     * @throws ProblemException {@code invalid_request} where that provider's format cannot count, or what a run would be
     */
    public Count count(Caller caller, String model, AsSent.Anthropic request) {
        var chat = ChatRequest.of(List.of());
        var plan = router.plan(
                caller, new Ask(chat, model, null, List.of(), false, null, Map.of(), null, null, null, null, false));
        var target = plan.steps().stream()
                .filter(Target.class::isInstance)
                .map(Target.class::cast)
                .findFirst()
                .orElseThrow();
        var spec = target.endpoint().spec();
        if (spec.format() != Format.ANTHROPIC) {
            throw Problem.invalid(
                            "/model",
                            spec.title() + " cannot be asked how many tokens a request has; only providers of"
                                    + " Anthropic's format can. An answer's `usage` says what was read")
                    .exception();
        }
        try {
            return new Count(target.provider(), counter.count(target.endpoint(), target.model(), request));
        } catch (ProviderFailure failure) {
            throw new ProblemException(failure.problem(), failure);
        }
    }
}
