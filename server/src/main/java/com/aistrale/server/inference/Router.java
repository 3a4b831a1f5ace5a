package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.kit.memo.Memo;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.tokens.ProviderDirectory;
import com.aistrale.server.tokens.ProviderSpec;
import com.aistrale.server.tokens.Tokens;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * From what a caller wrote to who is asked. In this order: the provider named; the provider in front of the model's
 * slash; the one provider that is known for the bare model id; a local Ollama that has it. Thread-safe.
 */
public final class Router {
    private final Tokens tokens;
    private final ProviderDirectory directory;
    private final PriceCatalogue prices;
    private final boolean demoAllowed;
    private final Memo<String, List<ProviderSpec>> homes = new Memo<>(this::homes);

    /** @param demoAllowed whether this server is a local one, where demo may answer for want of any credential */
    public Router(Tokens tokens, PriceCatalogue prices, boolean demoAllowed) {
        this.tokens = tokens;
        this.directory = tokens.directory();
        this.prices = prices;
        this.demoAllowed = demoAllowed;
    }

    /**
     * Every request that costs money passes here, so that no key runs what it may not.
     *
     * @throws ProblemException {@code no_provider} that names the command to add one, {@code invalid_request}, or {@code
     *     permission_denied} when the caller's key may not run the model, or leaves it to the provider
     */
    public Target resolve(Caller caller, Ask ask) {
        var target = route(caller, ask);
        caller.requireModel(target.endpoint().provider(), target.model());
        ProvidersChoice.refuse(caller, ask.chat());
        return target;
    }

    private Target route(Caller caller, Ask ask) {
        var provider = ask.provider();
        var model = ask.model();
        if (provider != null) {
            var spec = directory.find(provider).orElseThrow(() -> unknownProvider(provider));
            return reach(caller, spec, model == null ? defaultModel(caller, spec) : withoutPrefix(spec, model));
        }
        if (model == null) {
            return unnamed(caller, ask.demoMayAnswer());
        }
        var prefixed = splitPrefix(model);
        if (prefixed != null) {
            return reach(caller, prefixed, withoutPrefix(prefixed, model));
        }
        return bare(caller, model);
    }

    private Target unnamed(Caller caller, boolean demoMayAnswer) {
        var pinned = tokens.defaultModel(caller.workspaceId(), caller.defaultWorkspace());
        if (pinned != null) {
            var spec = splitPrefix(pinned);
            if (spec == null) {
                throw noProvider("The workspace's default model " + pinned + " is of a provider that this server no"
                        + " longer knows. Name a model, such as openai/gpt-4o.");
            }
            return reach(caller, spec, pinned.substring(spec.name().length() + 1));
        }
        var configured = tokens.anyWithCredential(caller.workspaceId(), caller.defaultWorkspace());
        if (configured.isPresent()) {
            tokens.noteCredential(caller.workspaceId());
            throw noProvider("The request names no model, and none is known to be right for "
                    + configured.get().title() + ". Name a model, such as "
                    + configured.get().name() + "/MODEL.");
        }
        if (demoAllowed && demoMayAnswer && !tokens.hadCredential(caller.workspaceId())) {
            return reach(caller, ProviderDirectory.DEMO, "demo");
        }
        throw noProvider("No provider is configured and the request names no model. Add a provider:"
                + " aistrale tokens add --provider openai");
    }

    private @Nullable ProviderSpec splitPrefix(String model) {
        int slash = model.indexOf('/');
        return slash < 1 ? null : directory.find(model.substring(0, slash)).orElse(null);
    }

    /** {@code openrouter/auto} is OpenRouter's own id; in {@code openrouter/anthropic/…} the first part is the address. */
    private static String withoutPrefix(ProviderSpec spec, String model) {
        var prefix = spec.name() + "/";
        if (!model.startsWith(prefix) || model.length() == prefix.length()) {
            return model;
        }
        var rest = model.substring(prefix.length());
        return spec.keepsPrefix() && rest.indexOf('/') < 0 ? model : rest;
    }

    private String defaultModel(Caller caller, ProviderSpec spec) {
        var pinned = tokens.defaultModel(caller.workspaceId(), caller.defaultWorkspace());
        if (pinned != null && pinned.startsWith(spec.name() + "/")) {
            return pinned.substring(spec.name().length() + 1);
        }
        if (spec.defaultModel() != null) {
            return spec.defaultModel();
        }
        var local = spec.name().equals("ollama") ? tokens.localModels().ollama() : List.<String>of();
        if (!local.isEmpty()) {
            return local.getFirst();
        }
        throw Problem.invalid("/model", spec.title() + " has no default model here; name one")
                .exception();
    }

    /** The providers whose own the model is, by its beginning or by the catalogue. */
    private List<ProviderSpec> homes(String model) {
        return directory.all().stream()
                .filter(spec -> spec.modelPatterns().stream().anyMatch(model::startsWith)
                        || prices.find(spec.name(), model).isPresent())
                .toList();
    }

    private Target bare(Caller caller, String model) {
        var candidates = homes.get(model);
        for (var spec : candidates) {
            var endpoint = tokens.endpoint(caller.workspaceId(), caller.defaultWorkspace(), spec);
            if (endpoint.isPresent()) {
                return new Target(endpoint.get(), model);
            }
        }
        if (model.equals(ProviderDirectory.DEMO.name())) {
            return reach(caller, ProviderDirectory.DEMO, model);
        }
        var ollama = directory.find("ollama").orElse(null);
        var local = tokens.localModels().ollama();
        if (ollama != null && (local.contains(model) || local.contains(model + ":latest"))) {
            return reach(caller, ollama, model);
        }
        if (!candidates.isEmpty()) {
            throw missingToken(candidates.getFirst(), model);
        }
        throw noProvider("No provider is known for the model `" + model + "`. Write provider/model, such as openai/"
                + model + ", or add the provider that has it: aistrale tokens add --provider NAME");
    }

    private Target reach(Caller caller, ProviderSpec spec, String model) {
        if (directory.baseUrl(spec) == null) {
            throw noProvider(
                    spec.title() + " has no address of its own: start the server with " + addressed(spec) + ".");
        }
        return tokens.endpoint(caller.workspaceId(), caller.defaultWorkspace(), spec)
                .map(endpoint -> new Target(endpoint, model))
                .orElseThrow(() -> missingToken(spec, model));
    }

    private static String addressed(ProviderSpec spec) {
        var variable = spec.name().toUpperCase(Locale.ROOT).replace('-', '_');
        return "AISTRALE_PROVIDERS_" + variable + "_BASE_URL set to its URL";
    }

    private ProblemException missingToken(ProviderSpec spec, String model) {
        if (!spec.needsCredential()) {
            var start = spec.name().equals("ollama") ? "Start it (ollama serve), or start" : "Start";
            return noProvider("`" + model + "` is a model of " + spec.title() + ", which does not answer here. " + start
                    + " the server with " + addressed(spec) + ".");
        }
        return noProvider("`" + model + "` is a model of " + spec.title() + ", for which there is no token. Add one:"
                + " aistrale tokens add --provider " + spec.name());
    }

    private ProblemException unknownProvider(String name) {
        var hint = directory.hint(name);
        return noProvider("There is no provider `" + name + "`" + (hint.isEmpty() ? "." : hint)
                + " An OpenAI-compatible URL gets a name of its own by starting the server with"
                + " AISTRALE_PROVIDERS_<NAME>_BASE_URL.");
    }

    private static ProblemException noProvider(String detail) {
        return Problem.of(ProblemCode.NO_PROVIDER, detail).exception();
    }
}
