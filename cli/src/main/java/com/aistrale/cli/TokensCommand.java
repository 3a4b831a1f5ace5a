package com.aistrale.cli;

import com.aistrale.ProviderToken;
import com.aistrale.TokenSettings;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale tokens}: the providers' credentials that the server keeps. */
@Command(
        name = "tokens",
        addMethodSubcommands = false,
        header = "Add, list, change and remove providers' tokens.",
        description = {
            "A token is a provider's credential. The server keeps it encrypted and never shows it again. Several of one",
            "provider share its calls by their weights; one that the provider refuses is set aside."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale tokens add --provider openai                            asks for it, without echo",
            "  aistrale tokens add --provider openai --from-env OPENAI_API_KEY",
            "  pass show openai | aistrale tokens add --provider openai",
            "  aistrale tokens add --provider openai --name second --weight 3",
            "  aistrale tokens list",
            "  aistrale tokens update tok_01k9… --from-env OPENAI_API_KEY       another secret in its place",
            "  aistrale tokens remove tok_01k9…"
        })
final class TokensCommand implements Callable<Integer> {
    private final Session session;

    TokensCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException(
                "Which: add, list, update or remove?", "Its commands: aistrale tokens --help", Exit.USAGE);
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
                    String variable,
            @Option(
                            names = "--weight",
                            paramLabel = "N",
                            description = "Its share of the provider's calls, 1 to 100. 1 unless told otherwise.")
                    @Nullable
                    Integer weight) {
        var secret = new Secret(session.io()).read("Token for " + provider, "--token", token, variable);
        Misplaced.refuseAsProviderToken(secret);
        var added = session.connected().tokens().add(provider, secret, settings(null, name, weight));
        session.io().out().println("Added " + described(added));
        return Exit.OK;
    }

    @Command(name = "list", header = "List the stored tokens, by their last four characters.")
    int list(@Mixin Output output) {
        output.list(
                session.io(),
                records(),
                session.connected().tokens().list(),
                "No token is stored. Add one: aistrale tokens add --provider openai");
        return Exit.OK;
    }

    private static Records<ProviderToken> records() {
        return Records.of(ProviderToken::toJson)
                .text("ID", "id", ProviderToken::id)
                .text("PROVIDER", "provider", ProviderToken::provider)
                .text("TOKEN", token -> "…" + token.lastFour(), "last_four", ProviderToken::lastFour)
                .text("NAME", "name", ProviderToken::name)
                .number("WEIGHT", "weight", ProviderToken::weight)
                .text("CREATED", "created_at", ProviderToken::createdAt)
                .text("STATUS", TokensCommand::status, "status", ProviderToken::status)
                .named("set_aside_at", ProviderToken::setAsideAt)
                .named("set_aside_reason", ProviderToken::setAsideReason);
    }

    @Command(
            name = "update",
            header = "Change a token's name or weight, or put another secret in its place.",
            description =
                    "What is not named stays. Another secret is tried at once, also where the old one was set aside.")
    int update(
            @Parameters(paramLabel = "ID", description = "Its id, tok_…: see aistrale tokens list.") String id,
            @Option(names = "--name", paramLabel = "NAME", description = "A name of your own for it.") @Nullable
                    String name,
            @Option(names = "--weight", paramLabel = "N", description = "Its share of the provider's calls, 1 to 100.")
                    @Nullable
                    Integer weight,
            @Option(
                            names = "--replace",
                            description = "Ask for another secret without echo, or read it from standard input.")
                    boolean replace,
            @Option(
                            names = "--token",
                            paramLabel = "TOKEN",
                            description = "The other secret itself (others see it in the process list).")
                    @Nullable
                    String token,
            @Option(
                            names = "--from-env",
                            paramLabel = "VARIABLE",
                            description = "Take it from this environment variable.")
                    @Nullable
                    String variable,
            @Option(names = "--json", description = "Print the token as the server shows it, as JSON.") boolean json) {
        var another = replace || token != null || variable != null;
        if (name == null && weight == null && !another) {
            throw new CliException(
                    "There is nothing to change.", "Its options: aistrale tokens update --help", Exit.USAGE);
        }
        var secret =
                another ? new Secret(session.io()).read("Token in place of " + id, "--token", token, variable) : null;
        if (secret != null) {
            Misplaced.refuseAsProviderToken(secret);
        }
        var changed = session.connected().tokens().update(id, settings(secret, name, weight));
        session.io().out().println(json ? changed.toJson() : "Changed " + described(changed));
        return Exit.OK;
    }

    @Command(name = "remove", header = "Make the server forget a token.")
    int remove(@Parameters(paramLabel = "ID", description = "Its id, tok_…: see aistrale tokens list.") String id) {
        session.connected().tokens().remove(id);
        session.io().out().println("Removed " + id);
        return Exit.OK;
    }

    private static TokenSettings settings(@Nullable String secret, @Nullable String name, @Nullable Integer weight) {
        var settings = TokenSettings.none();
        settings = secret == null ? settings : settings.token(secret);
        settings = name == null ? settings : settings.name(name);
        return weight == null ? settings : settings.weight(weight);
    }

    /** Since when and why it is not used, where it is not. */
    private static String status(ProviderToken token) {
        if (token.status() == null) {
            return "-";
        }
        var since = token.setAsideAt() == null ? "" : " " + Times.local(token.setAsideAt());
        var reason = token.setAsideReason() == null ? "" : ": " + token.setAsideReason();
        return token.status().replace('_', ' ') + since + reason;
    }

    private static String described(ProviderToken token) {
        return Io.line(token.id() + " (" + token.provider() + ", …" + token.lastFour() + ")");
    }
}
