package com.aistrale.cli;

import com.aistrale.ProviderToken;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale tokens}: the providers' credentials that the server keeps. */
@Command(
        name = "tokens",
        header = "Add, list and remove providers' tokens.",
        description = "A token is a provider's credential. The server keeps it encrypted and never shows it again.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale tokens add --provider openai                            asks for it, without echo",
            "  aistrale tokens add --provider openai --from-env OPENAI_API_KEY",
            "  pass show openai | aistrale tokens add --provider openai",
            "  aistrale tokens list",
            "  aistrale tokens remove tok_01k9…"
        })
final class TokensCommand implements Callable<Integer> {
    private final Session session;

    TokensCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException("Which: add, list or remove?", "Its commands: aistrale tokens --help", Exit.USAGE);
    }

    @Command(
            name = "add",
            header = "Store a provider's token.",
            description = {
                "Without --token or --from-env the token is asked for without echo, or read from standard input."
            })
    int add(
            @Option(
                            names = {"-p", "--provider"},
                            required = true,
                            paramLabel = "NAME",
                            description = "Such as openai.")
                    String provider,
            @Option(names = "--name", paramLabel = "NAME", description = "A name of your own for it.") @Nullable
                    String name,
            @Option(
                            names = "--token",
                            paramLabel = "TOKEN",
                            description = "The token itself (others see it in the process list).")
                    @Nullable
                    String token,
            @Option(
                            names = "--from-env",
                            paramLabel = "VARIABLE",
                            description = "Take it from this environment variable.")
                    @Nullable
                    String variable) {
        var secret = new Secret(session.io()).read("Token for " + provider, "--token", token, variable);
        var tokens = session.connected().tokens();
        var added = name == null ? tokens.add(provider, secret) : tokens.add(provider, secret, name);
        session.io().out().println("Added " + described(added));
        return Exit.OK;
    }

    @Command(name = "list", header = "List the stored tokens, by their last four characters.")
    int list(@Option(names = "--json", description = "Print the server's list as JSON.") boolean json) {
        var tokens = session.connected().tokens().list();
        var out = session.io().out();
        if (json) {
            out.println(
                    "{\"data\":[" + tokens.stream().map(ProviderToken::toJson).collect(Collectors.joining(",")) + "]}");
        } else if (tokens.isEmpty()) {
            session.io().note("No token is stored. Add one: aistrale tokens add --provider openai");
        } else {
            var table = new Table(List.of("ID", "PROVIDER", "TOKEN", "NAME", "CREATED"));
            tokens.forEach(t -> table.row(
                    t.id(),
                    t.provider(),
                    "…" + t.lastFour(),
                    t.name() == null ? "-" : t.name(),
                    Times.local(t.createdAt())));
            table.print(session.io());
        }
        return Exit.OK;
    }

    @Command(name = "remove", header = "Make the server forget a token.")
    int remove(@Parameters(paramLabel = "ID", description = "Its id, tok_…: see aistrale tokens list.") String id) {
        session.connected().tokens().remove(id);
        session.io().out().println("Removed " + id);
        return Exit.OK;
    }

    private static String described(ProviderToken token) {
        return Io.line(token.id() + " (" + token.provider() + ", …" + token.lastFour() + ")");
    }
}
