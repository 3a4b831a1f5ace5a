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
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** The room of the tokens on a real database, with an environment, addresses and an Ollama of the test's own. */
public final class Surroundings implements AutoCloseable {
    public final Database database;
    public final Tokens tokens;
    private final String workspace;

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
        var clock = InstantSource.system();
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
                random);
    }

    private static FakeOutbound tags(List<String> models) {
        if (models.isEmpty()) {
            return new FakeOutbound(404, "", Map.of());
        }
        var names = models.stream().map(name -> "{\"name\":\"" + name + "\"}").toList();
        return FakeOutbound.answering("{\"models\":[" + String.join(",", names) + "]}");
    }

    public String workspace() {
        return workspace;
    }

    /** Somebody of the default workspace. */
    public Caller caller() {
        return new Caller(workspace, "key_1", Role.ADMIN, null, true, null);
    }

    public ProviderSpec spec(String provider) {
        return tokens.directory().find(provider).orElseThrow();
    }

    public Token add(String provider, String secret) {
        return tokens.add(caller(), spec(provider), new Secret(secret), null, 1);
    }

    @Override
    public void close() {
        database.close();
    }
}
