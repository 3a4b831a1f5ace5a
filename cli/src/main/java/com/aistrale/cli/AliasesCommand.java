package com.aistrale.cli;

import com.aistrale.Alias;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale aliases}: names of one's own for models and whom to ask when they fail. */
@Command(
        name = "aliases",
        addMethodSubcommands = false,
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
    int list(@Mixin Output output) {
        output.list(
                session.io(),
                records(),
                session.connected().aliases().list(),
                "There is no alias. Set one: aistrale aliases set fast openai/gpt-4o-mini");
        return Exit.OK;
    }

    @Command(name = "get", header = "Show one alias.")
    int get(@Parameters(paramLabel = "NAME", description = "Which.") String name, @Mixin Output output) {
        return output.one(session.io(), records(), session.connected().aliases().get(name));
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
            @Mixin Output output) {
        var set = session.connected().aliases().set(name, model, fallbacks == null ? List.of() : fallbacks);
        return output.one(session.io(), records(), set);
    }

    @Command(name = "delete", header = "Delete an alias: its name stands for nothing any more.")
    int delete(@Parameters(paramLabel = "NAME", description = "Which.") String name) {
        session.connected().aliases().delete(name);
        session.io().out().println("Deleted " + Io.line(name));
        return Exit.OK;
    }

    private static Records<Alias> records() {
        return Records.of(Alias::toJson)
                .text("NAME", "name", Alias::name)
                .text("MODEL", "model", Alias::model)
                .text("FALLBACKS", "fallbacks", Alias::fallbacks)
                .text("UPDATED", "updated_at", Alias::updatedAt)
                .named("created_at", Alias::createdAt);
    }
}
