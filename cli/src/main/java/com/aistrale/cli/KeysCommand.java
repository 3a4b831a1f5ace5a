package com.aistrale.cli;

import com.aistrale.ApiKey;
import com.aistrale.ApiKeySettings;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale keys}: AISTRALE's own credentials. */
@Command(
        name = "keys",
        addMethodSubcommands = false,
        header = "Make, list, change and revoke API keys.",
        description = {
            "An API key is AISTRALE's own credential, for one workspace. Its role says what it may do: a viewer reads,",
            "a member also runs models and writes prompts, an admin does everything in the workspace."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale keys create --name ci --role member --expires 90d",
            "  aistrale keys create --name chat --role member --allow-model 'openai/*' >key.txt",
            "  aistrale keys create --name batch --requests-per-minute 60 --tokens-per-minute 100000",
            "  aistrale keys list",
            "  aistrale keys revoke key_01k9…"
        })
final class KeysCommand implements Callable<Integer> {
    private final Session session;

    KeysCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException(
                "Which: list, get, create, update or revoke?", "Its commands: aistrale keys --help", Exit.USAGE);
    }

    @Command(name = "list", header = "List the keys, by their last four characters.")
    int list(@Mixin Output output) {
        output.list(
                session.io(),
                records(),
                session.connected().apiKeys().list(),
                "There is no API key. Make one: aistrale keys create --name ci --role member");
        return Exit.OK;
    }

    @Command(name = "get", header = "Show one key, by its last four characters.")
    int get(
            @Parameters(paramLabel = "ID", description = "Its id, key_…: see aistrale keys list.") String id,
            @Mixin Output output) {
        return output.one(session.io(), records(), session.connected().apiKeys().get(id));
    }

    private static Records<ApiKey> records() {
        return Records.of(ApiKey::toJson)
                .text("ID", "id", ApiKey::id)
                .text("NAME", "name", ApiKey::name)
                .text("KEY", key -> "…" + key.lastFour(), "last_four", ApiKey::lastFour)
                .text("ROLE", "role", ApiKey::role)
                .text(
                        "MODELS",
                        key -> key.allowedModels() == null ? "all" : String.join(", ", key.allowedModels()),
                        "allowed_models",
                        ApiKey::allowedModels)
                .number("REQ/MIN", "requests_per_minute", ApiKey::requestsPerMinute)
                .number("TOK/MIN", "tokens_per_minute", ApiKey::tokensPerMinute)
                .text("EXPIRES", key -> time(key.expiresAt(), "never"), "expires_at", ApiKey::expiresAt)
                .text("LAST USED", "last_used_at", ApiKey::lastUsedAt)
                .text("STATE", "state", KeysCommand::state)
                .named("created_at", ApiKey::createdAt)
                .named("revoked_at", ApiKey::revokedAt);
    }

    @Command(
            name = "create",
            header = "Make a key. It is shown once, on standard output.",
            description = "What the key is goes to standard error, so that standard output has the key alone.")
    int create(
            @Option(names = "--name", required = true, paramLabel = "NAME", description = "A name of your own for it.")
                    String name,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            completionCandidates = OneOf.Role.class,
                            description = "viewer, member or admin. member unless told otherwise.")
                    @Nullable
                    String role,
            @Option(
                            names = "--allow-model",
                            split = ",",
                            paramLabel = "MODEL",
                            description =
                                    "It may run only this, such as openai/gpt-4o or openai/*. May be given several times.")
                    @Nullable
                    List<String> models,
            @Mixin KeyLimits limits,
            @Option(names = "--json", description = "Print what was made as JSON, the key itself included.")
                    boolean json) {
        var settings = limits.into(settings(name, role, models, false));
        var made = session.connected().apiKeys().create(settings);
        var io = session.io();
        if (json) {
            io.out().println(withSecret(made.apiKey(), made.secret()));
        } else {
            io.out().println(made.secret());
            io.out().flush();
            io.note("Made " + described(made.apiKey()) + ". The key is shown this once: keep it now.");
        }
        return Exit.OK;
    }

    @Command(
            name = "update",
            header = "Change what a key is called, which models it may run, how much, and until when.",
            description = "What is not named stays. For another role make another key.")
    int update(
            @Parameters(paramLabel = "ID", description = "Its id, key_…: see aistrale keys list.") String id,
            @Option(names = "--name", paramLabel = "NAME", description = "A name of your own for it.") @Nullable
                    String name,
            @Option(
                            names = "--allow-model",
                            split = ",",
                            paramLabel = "MODEL",
                            description = "It may run only this. May be given several times.")
                    @Nullable
                    List<String> models,
            @Option(names = "--all-models", description = "It may run all models.") boolean allModels,
            @Option(names = "--never-expires", description = "It does not expire.") boolean neverExpires,
            @Mixin KeyLimits limits,
            @Option(names = "--unlimited-requests", description = "It may begin any number of runs.")
                    boolean unlimitedRequests,
            @Option(names = "--unlimited-tokens", description = "Its runs may take any number of tokens.")
                    boolean unlimitedTokens,
            @Option(names = "--json", description = "Print the key as the server shows it, as JSON.") boolean json) {
        var unlimited = unlimitedRequests || unlimitedTokens;
        if (name == null && models == null && !allModels && !limits.areGiven() && !neverExpires && !unlimited) {
            throw new CliException(
                    "There is nothing to change.", "Its options: aistrale keys update --help", Exit.USAGE);
        }
        if ((limits.requests() && unlimitedRequests) || (limits.tokens() && unlimitedTokens)) {
            throw new CliException("A limit and no limit contradict each other.", "Give one of the two.", Exit.USAGE);
        }
        if ((models != null && allModels) || (limits.expires() && neverExpires)) {
            throw new CliException(
                    "--allow-model and --all-models, or --expires and --never-expires, contradict each other.",
                    "Give one of the two.",
                    Exit.USAGE);
        }
        var settings = limits.into(settings(name, null, models, allModels));
        settings = neverExpires ? settings.neverExpires() : settings;
        settings = unlimitedRequests ? settings.unlimitedRequests() : settings;
        settings = unlimitedTokens ? settings.unlimitedTokens() : settings;
        var key = session.connected().apiKeys().update(id, settings);
        session.io().out().println(json ? key.toJson() : "Changed " + described(key));
        return Exit.OK;
    }

    @Command(name = "revoke", header = "Make the server refuse a key from now on.")
    int revoke(@Parameters(paramLabel = "ID", description = "Its id, key_…: see aistrale keys list.") String id) {
        session.connected().apiKeys().revoke(id);
        session.io().out().println("Revoked " + id);
        return Exit.OK;
    }

    private static ApiKeySettings settings(
            @Nullable String name, @Nullable String role, @Nullable List<String> models, boolean allModels) {
        var settings = ApiKeySettings.none();
        settings = name == null ? settings : settings.name(name);
        settings = role == null ? settings : settings.role(role);
        settings = models == null ? settings : settings.allowedModels(models);
        return allModels ? settings.allModels() : settings;
    }

    private static String withSecret(ApiKey key, String secret) {
        var json = key.toJson();
        return json.substring(0, json.length() - 1) + ",\"key\":\"" + secret + "\"}";
    }

    private static String described(ApiKey key) {
        return Io.line(key.id() + " (" + key.name() + ", " + (key.role() == null ? "" : key.role() + ", ") + "…"
                + key.lastFour() + ")");
    }

    private static String state(ApiKey key) {
        if (key.revokedAt() != null) {
            return "revoked";
        }
        return key.expiresAt() != null && key.expiresAt().isBefore(Instant.now()) ? "expired" : "active";
    }

    private static String time(@Nullable Instant time, String none) {
        return time == null ? none : Times.local(time);
    }
}
