package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.kit.memo.Memo;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.routing.Alias;
import com.aistrale.server.routing.Aliases;
import com.aistrale.server.routing.KnownModels;
import com.aistrale.server.tokens.ProviderDirectory;
import com.aistrale.server.tokens.ProviderSpec;
import com.aistrale.server.tokens.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From what a caller wrote to who is asked. In this order: the provider named; the alias of this name; the provider in
 * front of the model's slash; the one provider that is known for the bare model id; a local Ollama that has it. Behind it
 * come the fallbacks, each found in the same way. Thread-safe.
 */
public final class Router implements KnownModels {
    private final Tokens tokens;
    private final ProviderDirectory directory;
    private final PriceCatalogue prices;
    private final Aliases aliases;
    private final boolean demoAllowed;
    private final Memo<String, List<ProviderSpec>> homes = new Memo<>(this::homes);

    /** @param demoAllowed whether this server is a local one, where demo may answer for want of any credential */
    public Router(Tokens tokens, PriceCatalogue prices, Aliases aliases, boolean demoAllowed) {
        this.tokens = tokens;
        this.directory = tokens.directory();
        this.prices = prices;
        this.aliases = aliases;
        this.demoAllowed = demoAllowed;
    }

    /**
     * Every request that costs money passes here, so that no key runs what it may not: whoever may come to be asked is
     * looked at.
     *
     * @throws ProblemException {@code no_provider} that names the command to add one, {@code invalid_request} that names
     *     each fallback that nobody knows, or {@code permission_denied} when the caller's key may not run one of the
     *     models, or leaves it to the provider
     */
    public Plan plan(Caller caller, Ask ask) {
        var alias = ask.provider() == null ? alias(caller, ask.model()) : null;
        var steps =
                alias == null && ask.fallbacks().isEmpty() ? List.of(first(caller, ask)) : steps(caller, ask, alias);
        for (var step : steps) {
            if (!isNobody(step)) {
                caller.requireModel(step.provider(), step.model());
            }
        }
        ProvidersChoice.refuse(caller, ask.chat());
        requireOne(steps);
        return new Plan(steps);
    }

    private static void requireOne(List<Step> steps) {
        for (var step : steps) {
            if (step instanceof Target) {
                return;
            }
        }
        if (steps.getFirst() instanceof Unreachable first) {
            throw first.why().exception();
        }
    }

    private @Nullable Alias alias(Caller caller, @Nullable String name) {
        return name == null || name.indexOf('/') >= 0 ? null : aliases.find(caller.workspaceId(), name);
    }

    private List<Step> steps(Caller caller, Ask ask, @Nullable Alias alias) {
        var steps = new ArrayList<Step>();
        if (alias == null) {
            steps.add(first(caller, ask));
        } else if (ask.fallbacks().isEmpty()) {
            addAll(steps, caller, alias);
        } else {
            add(steps, known(caller, alias.model(), steps.isEmpty()));
        }
        var mistakes = new ArrayList<FieldError>(0);
        for (int i = 0; i < ask.fallbacks().size(); i++) {
            var fallback = ask.fallbacks().get(i);
            var named = alias(caller, fallback);
            if (named != null) {
                addAll(steps, caller, named);
                continue;
            }
            var wrong = unknown(fallback);
            if (wrong == null) {
                add(steps, known(caller, fallback, false));
            } else {
                mistakes.add(new FieldError("/fallbacks/" + i, wrong));
            }
        }
        if (!mistakes.isEmpty()) {
            throw Problem.invalid(mistakes).exception();
        }
        return steps;
    }

    /** Whether the caller may run all that the alias stands for. */
    public boolean mayRun(Caller caller, Alias alias) {
        if (caller.allowedModels() == null) {
            return true;
        }
        var steps = new ArrayList<Step>();
        addAll(steps, caller, alias);
        return steps.stream().allMatch(step -> isNobody(step) || caller.mayRun(step.provider(), step.model()));
    }

    private static boolean isNobody(Step step) {
        return step.provider().equals(Unreachable.NOBODY);
    }

    private void addAll(List<Step> steps, Caller caller, Alias alias) {
        add(steps, known(caller, alias.model(), steps.isEmpty()));
        addAll(steps, caller, alias.fallbacks());
    }

    private void addAll(List<Step> steps, Caller caller, List<String> models) {
        models.forEach(model -> add(steps, known(caller, model, false)));
    }

    /** Nobody is asked again who did not answer. */
    private static void add(List<Step> steps, Step more) {
        for (var step : steps) {
            if (step.provider().equals(more.provider()) && step.model().equals(more.model())) {
                return;
            }
        }
        steps.add(more);
    }

    /** What was known when an alias was set may not be known now. */
    private Step known(Caller caller, String model, boolean now) {
        try {
            return named(caller, model, now);
        } catch (ProblemException unknown) {
            return unreachable(Unreachable.NOBODY, model, unknown);
        }
    }

    private Step first(Caller caller, Ask ask) {
        var provider = ask.provider();
        var model = ask.model();
        if (provider != null) {
            var spec = directory.find(provider).orElseThrow(() -> unknownProvider(provider));
            return reach(caller, spec, model == null ? defaultModel(caller, spec) : spec.ownId(model), true);
        }
        return model == null ? unnamed(caller, ask.demoMayAnswer()) : named(caller, model, true);
    }

    /** @param now whether it is asked at once, and not perhaps later: then with another credential */
    private Step named(Caller caller, String model, boolean now) {
        var prefixed = splitPrefix(model);
        return prefixed == null ? bare(caller, model, now) : reach(caller, prefixed, prefixed.ownId(model), now);
    }

    @Override
    public @Nullable String unknown(String model) {
        boolean known = splitPrefix(model) != null
                || !homes.get(model).isEmpty()
                || model.equals(ProviderDirectory.DEMO.name())
                || local(model) != null;
        return known ? null : nobodyKnows(model);
    }

    private Step unnamed(Caller caller, boolean demoMayAnswer) {
        var pinned = tokens.defaultModel(caller.workspaceId(), caller.defaultWorkspace());
        if (pinned != null) {
            var spec = splitPrefix(pinned);
            if (spec == null) {
                throw noProvider("The workspace's default model " + pinned + " is of a provider that this server no"
                                + " longer knows. Name a model, such as openai/gpt-4o.")
                        .exception();
            }
            return reach(caller, spec, pinned.substring(spec.name().length() + 1), true);
        }
        var configured = tokens.anyWithCredential(caller.workspaceId(), caller.defaultWorkspace());
        if (configured.isPresent()) {
            tokens.noteCredential(caller.workspaceId());
            throw noProvider("The request names no model, and none is known to be right for "
                            + configured.get().title() + ". Name a model, such as "
                            + configured.get().name() + "/MODEL.")
                    .exception();
        }
        if (demoAllowed && demoMayAnswer && !tokens.hadCredential(caller.workspaceId())) {
            return reach(caller, ProviderDirectory.DEMO, "demo", true);
        }
        throw noProvider("No provider is configured and the request names no model. Add a provider:"
                        + " aistrale tokens add --provider openai")
                .exception();
    }

    private @Nullable ProviderSpec splitPrefix(String model) {
        int slash = model.indexOf('/');
        return slash < 1 ? null : directory.find(model.substring(0, slash)).orElse(null);
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

    private Step bare(Caller caller, String model, boolean now) {
        var candidates = homes.get(model);
        for (var spec : candidates) {
            var step = open(caller, spec, model, now);
            if (step != null) {
                return step;
            }
        }
        if (model.equals(ProviderDirectory.DEMO.name())) {
            return reach(caller, ProviderDirectory.DEMO, model, now);
        }
        var ollama = local(model);
        if (ollama != null) {
            return reach(caller, ollama, model, now);
        }
        if (!candidates.isEmpty()) {
            return missingToken(candidates.getFirst(), model);
        }
        throw noProvider(nobodyKnows(model)).exception();
    }

    /** The local Ollama, if it has the model. */
    private @Nullable ProviderSpec local(String model) {
        var models = tokens.localModels().ollama();
        boolean has = models.contains(model) || models.contains(model + ":latest");
        return has ? directory.find("ollama").orElse(null) : null;
    }

    private Step reach(Caller caller, ProviderSpec spec, String model, boolean now) {
        if (directory.baseUrl(spec) == null) {
            var why = noProvider(
                    spec.title() + " has no address of its own: start the server with " + addressed(spec) + ".");
            return new Unreachable(spec.name(), model, why);
        }
        var step = open(caller, spec, model, now);
        return step == null ? missingToken(spec, model) : step;
    }

    /** Null without a credential. */
    private @Nullable Step open(Caller caller, ProviderSpec spec, String model, boolean now) {
        try {
            var endpoint = now
                    ? tokens.endpoint(caller.workspaceId(), caller.defaultWorkspace(), spec, Set.of())
                    : tokens.endpoint(caller.workspaceId(), caller.defaultWorkspace(), spec);
            return endpoint.isPresent() ? new Target(endpoint.get(), model) : null;
        } catch (ProblemException locked) { // a token that cannot be decrypted
            return unreachable(spec.name(), model, locked);
        }
    }

    /** The others are asked then, where there are any. */
    private static Step unreachable(String provider, String model, ProblemException why) {
        if (why.problem().code() != ProblemCode.NO_PROVIDER) {
            throw why;
        }
        return new Unreachable(provider, model, why.problem());
    }

    private static String addressed(ProviderSpec spec) {
        var variable = spec.name().toUpperCase(Locale.ROOT).replace('-', '_');
        return "AISTRALE_PROVIDERS_" + variable + "_BASE_URL set to its URL";
    }

    private static Step missingToken(ProviderSpec spec, String model) {
        if (!spec.needsCredential()) {
            var start = spec.name().equals("ollama") ? "Start it (ollama serve), or start" : "Start";
            var why = noProvider("`" + model + "` is a model of " + spec.title() + ", which does not answer here. "
                    + start + " the server with " + addressed(spec) + ".");
            return new Unreachable(spec.name(), model, why);
        }
        var why = noProvider("`" + model + "` is a model of " + spec.title() + ", for which there is no token. Add one:"
                + " aistrale tokens add --provider " + spec.name());
        return new Unreachable(spec.name(), model, why);
    }

    private String nobodyKnows(String model) {
        int slash = model.indexOf('/');
        var hint = slash < 1 ? "" : directory.hint(model.substring(0, slash));
        return "No provider is known for the model `" + model + "`"
                + (hint.isEmpty() ? ". Write provider/model, such as openai/" + model + ", or add" : hint + " Or add")
                + " the provider that has it: aistrale tokens add --provider NAME";
    }

    private ProblemException unknownProvider(String name) {
        var hint = directory.hint(name);
        return noProvider("There is no provider `" + name + "`" + (hint.isEmpty() ? "." : hint)
                        + " An OpenAI-compatible URL gets a name of its own by starting the server with"
                        + " AISTRALE_PROVIDERS_<NAME>_BASE_URL.")
                .exception();
    }

    private static Problem noProvider(String detail) {
        return Problem.of(ProblemCode.NO_PROVIDER, detail);
    }
}
