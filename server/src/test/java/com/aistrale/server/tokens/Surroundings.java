package com.aistrale.server.tokens;

import com.aistrale.server.access.Access;
import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.crypto.Envelope;
import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.providers.FakeOutbound;
import com.aistrale.server.routing.Aliases;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The room of the tokens on a real database, with an environment, addresses and an Ollama of the test's own. */
public final class Surroundings implements AutoCloseable {
    public final Database database;
    public final Tokens tokens;
    private final String workspace;
    private volatile Duration ahead = Duration.ZERO;

    /** @param ollama the models of the local Ollama; empty when none runs */
    public Surroundings(Path folder, Map<String, String> environment, Map<String, String> baseUrls, List<String> ollama)
            throws Exception {
        this(TestDatabase.sqlite(folder), environment, baseUrls, ollama);
    }

    Surroundings(TestDatabase kind, Map<String, String> environment, Map<String, String> baseUrls, List<String> ollama)
            throws Exception {
        this(kind, environment, baseUrls, ollama, new byte[32]);
    }

    Surroundings(
            TestDatabase kind,
            Map<String, String> environment,
            Map<String, String> baseUrls,
            List<String> ollama,
            byte[]... masterKeys)
            throws Exception {
        var random = new SecureRandom();
        InstantSource clock = () -> Instant.now().plus(ahead);
        var ids = new Ids(clock, random);
        database = kind.open();
        var audit = new Audit(ids, clock);
        workspace = new Access(database, audit, ids, clock, random, null)
                .defaultWorkspace()
                .id();
        tokens = new Tokens(
                database,
                audit,
                new Envelope(List.of(masterKeys), random),
                ProviderDirectory.load(baseUrls),
                new LocalModels(tags(ollama), true, "http://127.0.0.1:11434/v1"),
                environment,
                ids,
                clock,
                new Random(11));
    }

    private static FakeOutbound tags(List<String> models) {
        if (models.isEmpty()) {
            return new FakeOutbound(404, "", Map.of());
        }
        var names = models.stream().map(name -> "{\"name\":\"" + name + "\"}").toList();
        return FakeOutbound.answering("{\"models\":[" + String.join(",", names) + "]}");
    }

    /** Without any, as long as none is made. */
    public Aliases aliases() {
        var clock = InstantSource.system();
        return new Aliases(database, new Audit(new Ids(clock, new SecureRandom()), clock), clock, System::nanoTime);
    }

    public String workspace() {
        return workspace;
    }

    /** Somebody of the default workspace. */
    public Caller caller() {
        return new Caller(workspace, "key_1", Role.ADMIN, null, true, null);
    }

    /** From now on it is later. */
    void pass(Duration time) {
        ahead = ahead.plus(time);
    }

    public ProviderSpec spec(String provider) {
        return tokens.directory().find(provider).orElseThrow();
    }

    public Token add(String provider, String secret) {
        return add(provider, secret, 1);
    }

    Token add(String provider, String secret, int weight) {
        return tokens.add(caller(), spec(provider), new Secret(secret), null, weight);
    }

    /** What the next call of OpenAI would be made with. */
    Optional<Endpoint> openAi(String... without) {
        return tokens.endpoint(workspace, true, spec("openai"), Set.of(without));
    }

    /** As {@link #openAi}, by its id; null when it is none of the stored ones. */
    @Nullable
    String next(String... without) {
        return openAi(without).orElseThrow().tokenId();
    }

    @Override
    public void close() {
        database.close();
    }
}
