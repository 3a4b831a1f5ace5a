package com.aistrale.server.wire.models;

import com.aistrale.server.access.Caller;
import com.aistrale.server.inference.ModelLister;
import com.aistrale.server.inference.Router;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.pricing.ListedModel;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.routing.Aliases;
import com.aistrale.server.tokens.Endpoint;
import com.aistrale.server.tokens.ProviderSpec.Format;
import com.aistrale.server.tokens.Tokens;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * What a caller may run of what its providers are known to serve, and the aliases, under ids that can be sent back as they
 * are. Thread-safe.
 */
public final class ServedModels {
    private final Tokens tokens;
    private final PriceCatalogue prices;
    private final Aliases aliases;
    private final Router router;
    private final ModelLister lister;
    private final InstantSource clock;

    /** @param lister asked of providers that serve the models of others, as no catalogue keeps up with those */
    public ServedModels(
            Tokens tokens,
            PriceCatalogue prices,
            Aliases aliases,
            Router router,
            ModelLister lister,
            InstantSource clock) {
        this.tokens = tokens;
        this.prices = prices;
        this.aliases = aliases;
        this.router = router;
        this.lister = lister;
        this.clock = clock;
    }

    /** All of them, aliases first. */
    List<Served> all(Caller caller) {
        return Stream.concat(aliases(caller), models(caller)).toList();
    }

    /** @throws ProblemException {@code not_found} */
    Served find(Caller caller, String wanted) {
        return aliases(caller)
                .filter(alias -> alias.isCalled(wanted))
                .findFirst()
                .or(() -> models(caller).filter(model -> model.isCalled(wanted)).findFirst())
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "No configured provider is known to serve the model `" + wanted + "`.")
                        .exception());
    }

    private Stream<Served> aliases(Caller caller) {
        return aliases.known(caller).stream()
                .filter(alias -> router.mayRun(caller, alias))
                .map(Served::of);
    }

    private Stream<Served> models(Caller caller) {
        var today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        try (var side = Executors.newVirtualThreadPerTaskExecutor()) {
            var asked = tokens.directory().all().stream()
                    .flatMap(spec -> tokens.endpoint(caller.workspaceId(), caller.defaultWorkspace(), spec).stream())
                    .map(endpoint -> CompletableFuture.supplyAsync(() -> models(endpoint, today), side))
                    .toList();
            return asked.stream().flatMap(models -> models.join().stream()).toList().stream()
                    .filter(model -> caller.mayRun(model.owner(), model.name()));
        }
    }

    private List<Served> models(Endpoint endpoint, LocalDate today) {
        var spec = endpoint.spec();
        var models = new LinkedHashSet<String>();
        prices.models(spec.name()).stream()
                .filter(model -> model.isServedOn(today))
                .map(ListedModel::id)
                .forEach(models::add);
        if (spec.name().equals("ollama")) {
            models.addAll(tokens.localModels().ollama());
        } else if (spec.format() == Format.OPENAI && spec.modelPatterns().isEmpty()) {
            models.addAll(lister.models(endpoint));
        }
        if (models.isEmpty() && spec.defaultModel() != null) {
            models.add(spec.defaultModel());
        }
        return models.stream()
                .map(model -> Served.of(
                        spec.name(), model, prices.find(spec.name(), model).orElse(null)))
                .toList();
    }
}
