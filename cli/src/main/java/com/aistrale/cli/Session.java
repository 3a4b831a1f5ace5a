package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.AistraleBuilder;
import com.aistrale.AistraleException;
import com.aistrale.ApiStatusException;
import com.aistrale.HttpURLConnectionTransport;
import com.aistrale.Transport;
import com.aistrale.internal.ClientSettings;
import com.aistrale.internal.ConfigFile;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a command works with: the streams, the global options, and clients made from both. */
final class Session {
    static final String CLIENT = "cli/" + Aistrale.VERSION;
    private final Io io;
    private final LocalServer local;
    private final Map<String, String> explicit = new HashMap<>();
    private boolean debug;

    Session(Io io, LocalServer local) {
        this.io = io;
        this.local = local;
    }

    Io io() {
        return io;
    }

    LocalServer local() {
        return local;
    }

    boolean debug() {
        return debug;
    }

    void setDebug(boolean debug) {
        this.debug = debug;
    }

    /** A global option, by the config file's keys and {@code profile}. */
    void set(String key, String value) {
        explicit.put(key, value);
    }

    /** What a global option said; null where it was not given. */
    @Nullable
    String given(String key) {
        return explicit.get(key);
    }

    void forget(String key) {
        explicit.remove(key);
    }

    /** Refuses what cannot have been meant where an API key's id was given as the key to call the server with. */
    void refuseKeyId() {
        if (explicit.getOrDefault("api_key", "").startsWith("key_")) {
            throw new CliException(
                    "--api-key is the key that the server is called with, and this is the id of one.",
                    "For the inferences of one key write --api-key-id.",
                    Exit.USAGE);
        }
    }

    ClientSettings settings() {
        try {
            return ClientSettings.resolve(explicit, io.env());
        } catch (ClientSettings.Mistake e) {
            throw new CliException(
                    Io.line(String.valueOf(e.getMessage())),
                    "Correct it there; aistrale config path says where it is.",
                    Exit.USAGE);
        }
    }

    /** The profile that is in use, or to come into being: one that is named to write into it need not be there. */
    String profileToWrite() {
        var named = explicit.getOrDefault("profile", io.env().getOrDefault("AISTRALE_PROFILE", ""));
        if (named.isEmpty()) {
            return settings().profile();
        }
        if (!ConfigFile.isProfileName(named)) {
            throw new CliException(
                    "\"" + Io.line(named) + "\" is no profile's name.", "Use letters, digits, _ and -.", Exit.USAGE);
        }
        return named;
    }

    /** A client of a server that is there: a local one is started if need be, and the key that it writes is read. */
    Aistrale connected() {
        local.ensure(settings().apiUrl());
        return client().build();
    }

    /** The same, of a client whose calls end when their thread is interrupted. */
    Aistrale interruptible() {
        local.ensure(settings().apiUrl());
        return anyClient().build();
    }

    /** The same, of a client that does not give up soon: a server may be started anew meanwhile. */
    Aistrale patient() {
        local.ensure(settings().apiUrl());
        return client().maxRetries(10).build();
    }

    /** A client that does not give up soon, of a server that is there, with something of the caller's around its transport. */
    Aistrale patient(UnaryOperator<Transport> around) {
        return client().transport(around.apply(new HttpURLConnectionTransport()))
                .maxRetries(10)
                .build();
    }

    /** A client that takes what it finds, quickly. */
    Aistrale impatient() {
        return client().maxRetries(0).timeout(Duration.ofSeconds(5)).build();
    }

    /** A client for what somebody at a keyboard waits for, who does without it rather than to wait. */
    Aistrale hasty() {
        return client().maxRetries(0).timeout(Duration.ofSeconds(1)).build();
    }

    /** A client for one question, to a server that answers. */
    Aistrale asking() {
        return client().maxRetries(0).timeout(Duration.ofSeconds(60)).build();
    }

    /** A client of this server with this key, whatever the environment and the config file say. */
    Aistrale of(String url, String key) {
        var builder = Aistrale.builder()
                .environment(Map.of("AISTRALE_CONFIG", "/dev/null"))
                .transport(new HttpURLConnectionTransport())
                .clientName(CLIENT)
                .apiUrl(url)
                .apiKey(key)
                .maxRetries(0)
                .timeout(Duration.ofSeconds(15));
        var workspace = explicit.get("workspace");
        return (workspace == null ? builder : builder.workspace(workspace)).build();
    }

    /** Where the server is too old for what it was asked: one sentence that names both versions. Empty where that is not it. */
    Optional<CliException> serverVersion(AistraleException error) {
        if (!(error instanceof ApiStatusException refused) || !OlderServer.mayBe(refused)) {
            return Optional.empty();
        }
        try {
            var client = impatient();
            return OlderServer.of(refused, client.apiUrl(), client.health().version());
        } catch (AistraleException e) {
            return Optional.empty(); // then what it said must do
        }
    }

    private AistraleBuilder client() {
        return anyClient().transport(new HttpURLConnectionTransport());
    }

    private AistraleBuilder anyClient() {
        var builder = Aistrale.builder().environment(io.env()).clientName(CLIENT);
        explicit.forEach((key, value) -> {
            switch (key) {
                case "api_url" -> builder.apiUrl(value);
                case "api_key" -> builder.apiKey(value);
                case "profile" -> builder.profile(value);
                case "workspace" -> builder.workspace(value);
                default -> throw new IllegalStateException("no global option sets " + key);
            }
        });
        return builder;
    }
}
