package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.kit.problem.ProblemException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields by which gateways answer with another model than the one named: others to try, routes and presets. They go
 * to the provider as they are, so a key that may run some models only may not send them.
 */
final class ProvidersChoice {
    private static final List<String> FIELDS = List.of("models", "route", "preset", "fallbacks", "provider");

    private ProvidersChoice() {}

    /** @throws ProblemException {@code permission_denied} that names the field, when the key's models are listed */
    static void refuse(Caller caller, ChatRequest request) {
        if (caller.allowedModels() != null) {
            refuse(caller, request.openAi(), "");
            refuse(
                    caller,
                    request.anthropic() == null ? null : request.anthropic().body(),
                    "");
            refuse(caller, request.providerOptions(), "provider_options.");
        }
    }

    private static void refuse(Caller caller, @Nullable ObjectNode passedOn, String prefix) {
        if (passedOn == null) {
            return;
        }
        for (var field : FIELDS) {
            var said = passedOn.get(field);
            if (said != null && !said.isNull()) {
                throw caller.mayNotLeaveTheModelTo(prefix + field);
            }
        }
    }
}
