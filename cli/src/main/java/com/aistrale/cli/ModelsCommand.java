package com.aistrale.cli;

import com.aistrale.CatalogueModel;
import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code aistrale models}: the catalogue of prices and limits. */
@Command(
        name = "models",
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
            @Option(names = "--json", description = "Print the server's list as JSON.") boolean json) {
        var client = session.connected();
        var models = (provider == null ? client.models() : client.models(provider))
                .toList().stream()
                        .filter(model -> !available || model.available())
                        .toList();
        if (json) {
            Listing.printJson(session.io(), models, CatalogueModel::toJson);
        } else if (models.isEmpty()) {
            session.io()
                    .note(
                            available
                                    ? "Nothing of the catalogue can be run. Add a token: aistrale tokens add --provider openai"
                                    : "The catalogue has no such model. It can be run all the same, at a cost that is not known.");
        } else {
            table(models);
        }
        return Exit.OK;
    }

    private void table(List<CatalogueModel> models) {
        var table = new Table(
                List.of("MODEL", "CONTEXT", "MAX OUTPUT", "INPUT", "OUTPUT", "CACHED", "AVAILABLE"), 1, 2, 3, 4, 5);
        models.forEach(model -> table.row(
                model.id(),
                TelemetryTable.tokens(model.contextWindow()),
                TelemetryTable.tokens(model.maxOutputTokens()),
                price(model.inputUsdPerMillionTokens()),
                price(model.outputUsdPerMillionTokens()),
                price(model.cachedInputUsdPerMillionTokens()),
                model.available() ? "yes" : "no"));
        table.print(session.io());
    }

    private static String price(@Nullable BigDecimal usd) {
        return TelemetryTable.cost(usd);
    }
}
