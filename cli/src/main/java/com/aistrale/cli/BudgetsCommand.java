package com.aistrale.cli;

import com.aistrale.Budget;
import com.aistrale.BudgetScope;
import com.aistrale.BudgetSettings;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale budgets}: what may be spent, and what was. */
@Command(
        name = "budgets",
        addMethodSubcommands = false,
        header = "Say what may be spent, and see what was.",
        description = {
            "A budget adds up what the inferences of its scope cost in a period. Each threshold that is crossed is told",
            "once. With --block what would go beyond the limit is refused, before a provider is asked (exit code 5)."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale budgets create --name everything --limit 200",
            "  aistrale budgets create --name search --metadata team=search --limit 50 --period week --block",
            "  aistrale budgets create --name gpt-4o --model openai/gpt-4o --limit 5 --period day --threshold 90",
            "  aistrale budgets list",
            "  aistrale budgets update bud_01k9… --limit 80"
        })
final class BudgetsCommand implements Callable<Integer> {
    private static final String ID = "Its id, bud_…: see aistrale budgets list.";
    private final Session session;

    BudgetsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException(
                "Which: list, get, create, update or delete?", "Its commands: aistrale budgets --help", Exit.USAGE);
    }

    @Command(name = "list", header = "List the budgets, with what was spent in their present periods.")
    int list(@Mixin Output output) {
        output.list(
                session.io(),
                BudgetTables.records(),
                session.connected().budgets().list(),
                "There is no budget. Make one: aistrale budgets create --name everything --limit 200");
        return Exit.OK;
    }

    @Command(name = "get", header = "Show one budget.")
    int get(@Parameters(paramLabel = "ID", description = ID) String id, @Mixin Output output) {
        return show(session.connected().budgets().get(id), output);
    }

    @Command(
            name = "create",
            header = "Make a budget.",
            description = "It counts what begins from now on: all of the workspace, unless a scope is named.")
    int create(
            @Option(names = "--name", required = true, paramLabel = "NAME", description = "A name of your own for it.")
                    String name,
            @Option(
                            names = "--limit",
                            required = true,
                            paramLabel = "USD",
                            description = "US dollars in a period, such as 50 or 0.25.")
                    String limit,
            @Option(
                            names = "--period",
                            paramLabel = "PERIOD",
                            completionCandidates = OneOf.Period.class,
                            defaultValue = "month",
                            description =
                                    "hour, day, week, month (of UTC) or total, which never ends. month unless told otherwise.")
                    String period,
            @Mixin Scope scope,
            @Option(
                            names = "--threshold",
                            split = ",",
                            paramLabel = "PERCENT",
                            description =
                                    "Tell when so much is spent. May be given several times; 50, 80 and 100 unless told otherwise.")
                    @Nullable
                    List<Integer> thresholds,
            @Option(names = "--block", negatable = true, description = "Refuse what would go beyond the limit.")
                    @Nullable
                    Boolean block,
            @Mixin Output output) {
        session.refuseKeyId();
        var settings =
                settings(name, limit, thresholds, block).scope(scope.read()).period(period);
        return show(session.connected().budgets().create(settings), output);
    }

    @Command(
            name = "update",
            header = "Change a budget. What is not named stays.",
            description = "A scope and a period do not change: make another budget.")
    int update(
            @Parameters(paramLabel = "ID", description = ID) String id,
            @Option(names = "--name", paramLabel = "NAME", description = "A name of your own for it.") @Nullable
                    String name,
            @Option(names = "--limit", paramLabel = "USD", description = "US dollars in a period, such as 50 or 0.25.")
                    @Nullable
                    String limit,
            @Option(
                            names = "--threshold",
                            split = ",",
                            paramLabel = "PERCENT",
                            description =
                                    "Tell when so much is spent, instead of what was said before. May be given several times.")
                    @Nullable
                    List<Integer> thresholds,
            @Option(
                            names = "--block",
                            negatable = true,
                            description = "Refuse what would go beyond the limit, or do not.")
                    @Nullable
                    Boolean block,
            @Mixin Output output) {
        if (name == null && limit == null && thresholds == null && block == null) {
            throw new CliException(
                    "There is nothing to change.", "Its options: aistrale budgets update --help", Exit.USAGE);
        }
        return show(session.connected().budgets().update(id, settings(name, limit, thresholds, block)), output);
    }

    @Command(name = "delete", header = "Delete a budget: nothing is counted or refused by it any more.")
    int delete(@Parameters(paramLabel = "ID", description = ID) String id) {
        session.connected().budgets().delete(id);
        session.io().out().println("Deleted " + id);
        return Exit.OK;
    }

    private static BudgetSettings settings(
            @Nullable String name,
            @Nullable String limit,
            @Nullable List<Integer> thresholds,
            @Nullable Boolean block) {
        var settings = BudgetSettings.none();
        settings = name == null ? settings : settings.name(name);
        settings = limit == null ? settings : settings.limitUsd(dollars(limit));
        settings = thresholds == null
                ? settings
                : settings.thresholds(
                        thresholds.stream().mapToInt(Integer::intValue).toArray());
        return block == null ? settings : settings.action(block ? "block" : "alert");
    }

    private static BigDecimal dollars(String text) {
        try {
            return new BigDecimal(text.startsWith("$") ? text.substring(1) : text);
        } catch (NumberFormatException e) {
            throw new CliException(
                    "--limit is no amount: " + Io.line(text), "Write US dollars, such as 50 or 0.25.", Exit.USAGE);
        }
    }

    private int show(Budget budget, Output output) {
        var tables = new BudgetTables(session.io());
        return output.one(session.io(), BudgetTables.records(), budget, () -> tables.one(budget));
    }

    /** Whose inferences count: one of these, or none for all of the workspace. */
    static final class Scope {
        @Option(
                names = "--scope",
                paramLabel = "workspace",
                description = "All of the workspace, as when nothing is named.")
        private @Nullable String whole;

        @Option(names = "--api-key-id", paramLabel = "ID", description = "Of this API key, key_…")
        private @Nullable String apiKeyId;

        @Option(
                names = {"-p", "--provider"},
                paramLabel = "NAME",
                description = "Of this provider.")
        private @Nullable String provider;

        @Option(
                names = {"-m", "--model"},
                paramLabel = "MODEL",
                description = "Of this model, such as openai/gpt-4o.")
        private @Nullable String model;

        @Option(names = "--metadata", paramLabel = "KEY=VALUE", description = "With this label.")
        private @Nullable String metadata;

        BudgetScope read() {
            var named = new ArrayList<BudgetScope>();
            if (whole != null) {
                named.add(whole(whole));
            }
            if (apiKeyId != null) {
                named.add(BudgetScope.apiKey(apiKeyId));
            }
            if (provider != null) {
                named.add(BudgetScope.provider(provider));
            }
            if (model != null) {
                named.add(BudgetScope.model(model));
            }
            if (metadata != null) {
                named.add(label(metadata));
            }
            if (named.size() > 1) {
                throw new CliException(
                        "There are " + named.size() + " scopes.", "Name one, or make a budget for each.", Exit.USAGE);
            }
            return named.isEmpty() ? BudgetScope.workspace() : named.getFirst();
        }

        private static BudgetScope whole(String text) {
            if (!text.equals("workspace")) {
                throw new CliException(
                        "--scope takes only workspace: " + Io.line(text),
                        "Another scope has an option of its own: --api-key-id, --provider, --model or --metadata.",
                        Exit.USAGE);
            }
            return BudgetScope.workspace();
        }

        private static BudgetScope label(String text) {
            var sign = text.indexOf('=');
            if (sign < 1) {
                throw new CliException(
                        "--metadata " + Io.line(text) + " has no KEY=.", "Write it like team=search.", Exit.USAGE);
            }
            return BudgetScope.metadata(text.substring(0, sign), text.substring(sign + 1));
        }
    }
}
