package com.aistrale.cli;

import com.aistrale.CatalogueModel;
import java.math.BigDecimal;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code aistrale models}: the catalogue of prices and limits. */
@Command(
        name = "models",
        addMethodSubcommands = false,
        header = "See which models are known, with their prices and limits.",
        footerHeading = "%nExamples:%n",
        footer = {"  aistrale models list --available", "  aistrale models list --provider openai"})
final class ModelsCommand implements Callable<Integer> {
    private final Session session;

    ModelsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException("Which: list?", "Try: aistrale models list --available", Exit.USAGE);
    }

    @Command(
            name = "list",
            header = "List the models whose prices or limits are known.",
            description = {
                "Prices are US dollars for a million tokens. A model that is not here can be run too; what it costs is not",
                "known then. docs/prices.md says how to add its price."
            })
    int list(
            @Option(
                            names = {"-p", "--provider"},
                            paramLabel = "NAME",
                            description = "Of this provider only.")
                    @Nullable
                    String provider,
            @Option(names = "--available", description = "Only what can be run: there is a token, and this key may.")
                    boolean available,
            @Mixin Output output) {
        var client = session.connected();
        var models = (provider == null ? client.models() : client.models(provider))
                .toList().stream()
                        .filter(model -> !available || model.available())
                        .toList();
        output.list(
                session.io(),
                records(),
                models,
                available
                        ? "Nothing of the catalogue can be run. Add a token: aistrale tokens add --provider openai"
                        : "The catalogue has no such model. It can be run all the same, at a cost that is not known.");
        return Exit.OK;
    }

    private static Records<CatalogueModel> records() {
        return Records.of(CatalogueModel::toJson)
                .text("MODEL", "id", CatalogueModel::id)
                .named("provider", CatalogueModel::provider)
                .named("model", CatalogueModel::model)
                .number("CONTEXT", "context_window", CatalogueModel::contextWindow)
                .number("MAX OUTPUT", "max_output_tokens", CatalogueModel::maxOutputTokens)
                .number(
                        "INPUT",
                        model -> price(model.inputUsdPerMillionTokens()),
                        "input_usd_per_million_tokens",
                        CatalogueModel::inputUsdPerMillionTokens)
                .number(
                        "OUTPUT",
                        model -> price(model.outputUsdPerMillionTokens()),
                        "output_usd_per_million_tokens",
                        CatalogueModel::outputUsdPerMillionTokens)
                .number(
                        "CACHED",
                        model -> price(model.cachedInputUsdPerMillionTokens()),
                        "cached_input_usd_per_million_tokens",
                        CatalogueModel::cachedInputUsdPerMillionTokens)
                .text("AVAILABLE", model -> model.available() ? "yes" : "no", "available", CatalogueModel::available);
    }

    private static String price(@Nullable BigDecimal usd) {
        return TelemetryTable.cost(usd);
    }
}
