package com.aistrale.cli;

import com.aistrale.Alias;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale aliases}: names of one's own for models and whom to ask when they fail. */
@Command(
        name = "aliases",
        header = "Name models as you like, with fallbacks.",
        description = {
            "An alias stands wherever a model is named, for OpenAI's clients too. Its fallbacks are asked, in their order,",
            "when its model cannot answer."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale aliases set fast groq/llama-3.3-70b-versatile --fallback openai/gpt-4o-mini",
            "  aistrale run -m fast \"Hello, world!\"",
            "  aistrale aliases list",
            "  aistrale aliases delete fast"
        })
final class AliasesCommand implements Callable<Integer> {
    private final Session session;

    AliasesCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException("Which: list, get, set or delete?", "Its commands: aistrale aliases --help", Exit.USAGE);
    }

    @Command(name = "list", header = "List the aliases.")
    int list(@Option(names = "--json", description = "Print the server's list as JSON.") boolean json) {
        var aliases = session.connected().aliases().list();
        if (json) {
            Listing.printJson(session.io(), aliases, Alias::toJson);
        } else if (aliases.isEmpty()) {
            session.io().note("There is no alias. Set one: aistrale aliases set fast openai/gpt-4o-mini");
        } else {
            table(aliases);
        }
        return Exit.OK;
    }

    @Command(name = "get", header = "Show one alias.")
    int get(
            @Parameters(paramLabel = "NAME", description = "Which.") String name,
            @Option(names = "--json", description = "Print the server's answer as JSON.") boolean json) {
        return show(session.connected().aliases().get(name), json);
    }

    @Command(
            name = "set",
            header = "Say what an alias stands for, from now on.",
            description = "What it stood for before is gone, its fallbacks too.")
    int set(
            @Parameters(index = "0", paramLabel = "NAME", description = "Letters, digits, '.', '_' and '-'.")
                    String name,
            @Parameters(index = "1", paramLabel = "MODEL", description = "Such as groq/llama-3.3-70b-versatile.")
                    String model,
            @Option(
                            names = "--fallback",
                            split = ",",
                            paramLabel = "MODEL",
                            description =
                                    "Whom to ask when that one cannot answer. May be given several times; they are asked in this order.")
                    @Nullable
                    List<String> fallbacks,
            @Option(names = "--json", description = "Print the alias as JSON.") boolean json) {
        var set = session.connected().aliases().set(name, model, fallbacks == null ? List.of() : fallbacks);
        return show(set, json);
    }

    @Command(name = "delete", header = "Delete an alias: its name stands for nothing any more.")
    int delete(@Parameters(paramLabel = "NAME", description = "Which.") String name) {
        session.connected().aliases().delete(name);
        session.io().out().println("Deleted " + Io.line(name));
        return Exit.OK;
    }

    private int show(Alias alias, boolean json) {
        if (json) {
            session.io().out().println(alias.toJson());
        } else {
            table(List.of(alias));
        }
        return Exit.OK;
    }

    private void table(List<Alias> aliases) {
        var table = new Table(List.of("NAME", "MODEL", "FALLBACKS", "UPDATED"));
        aliases.forEach(alias -> table.row(
                alias.name(),
                alias.model(),
                alias.fallbacks().isEmpty() ? "-" : String.join(", ", alias.fallbacks()),
                Times.local(alias.updatedAt())));
        table.print(session.io());
    }
}
