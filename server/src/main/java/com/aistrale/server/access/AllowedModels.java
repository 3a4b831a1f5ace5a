package com.aistrale.server.access;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The models that a key may run: {@code openai/*} for all of a provider, {@code openai/gpt-4o} for one; null for all. */
final class AllowedModels {
    private static final String ALL = "/*";

    private AllowedModels() {}

    /**
     * Whether the list lets a model run.
     *
     * @param model the provider's own id; one that begins with the provider's name ({@code openrouter/auto}) may be listed
     *     without the name in front once more
     */
    static boolean allow(@Nullable List<String> allowed, String provider, String model) {
        if (allowed == null) {
            return true;
        }
        for (var entry : allowed) {
            if (isAllOf(entry, provider) || isModel(entry, provider, model)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAllOf(String entry, String provider) {
        return entry.length() == provider.length() + ALL.length() && entry.startsWith(provider) && entry.endsWith(ALL);
    }

    private static boolean isModel(String entry, String provider, String model) {
        int slash = provider.length();
        return (entry.length() == slash + 1 + model.length()
                        && entry.startsWith(provider)
                        && entry.charAt(slash) == '/'
                        && entry.endsWith(model))
                || (model.startsWith(provider + "/") && entry.equals(model));
    }

    /** Whether {@code inner} lets nothing run that {@code outer} does not. */
    static boolean within(@Nullable List<String> inner, @Nullable List<String> outer) {
        if (outer == null) {
            return true;
        }
        return inner != null && inner.stream().allMatch(entry -> outer.contains(entry) || outer.contains(all(entry)));
    }

    private static String all(String entry) {
        return entry.substring(0, entry.indexOf('/')) + ALL;
    }

    static ProblemException refusal(Caller caller, String provider, String model) {
        return Problem.of(
                        ProblemCode.PERMISSION_DENIED,
                        "The API key " + caller.apiKeyId() + " may not run the model `" + provider + "/" + model
                                + "`. It may run " + named(caller.allowedModels())
                                + ". Ask for one of these, or have an"
                                + " admin of the workspace add it to the key's allowed_models.")
                .exception();
    }

    static ProblemException choiceRefusal(Caller caller, String field) {
        return Problem.of(
                        ProblemCode.PERMISSION_DENIED,
                        "The API key " + caller.apiKeyId() + " may run " + named(caller.allowedModels())
                                + " only, and `" + field + "` lets the provider answer with another model. Leave the"
                                + " field out, or use a key without allowed_models.")
                .exception();
    }

    /** The list in words. */
    static String named(@Nullable List<String> allowed) {
        return allowed == null ? "every model" : "`" + String.join("`, `", allowed) + "`";
    }
}
