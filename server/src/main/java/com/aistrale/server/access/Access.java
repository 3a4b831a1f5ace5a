package com.aistrale.server.access;

import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.memo.Remembered;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Workspaces and the API keys that open them. A key is {@code ais_} and 52 characters of base32: 256 random bits, so a
 * plain SHA-256 of it can be stored. Thread-safe.
 */
public final class Access {
    /** The id under which the key of {@code AISTRALE_ADMIN_KEY} appears in records. */
    public static final String OPERATOR = "key_operator";

    private static final String PREFIX = "ais_";
    private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int CHARACTERS = 52;

    /** A new key, to be shown once. */
    public record NewKey(ApiKey key, Secret secret) {}

    private final Database database;
    private final SqlAccessStore store = new SqlAccessStore();
    private final Ids ids;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final byte @Nullable [] operatorHash;
    private final Remembered<ByteBuffer, ApiKey> known;
    private final Workspace defaultWorkspace;

    public Access(
            Database database, Ids ids, InstantSource clock, RandomGenerator random, @Nullable Secret operatorKey) {
        this.database = database;
        this.ids = ids;
        this.clock = clock;
        this.random = random;
        this.operatorHash = operatorKey == null ? null : hash(operatorKey.reveal());
        this.known = new Remembered<>(database.trust(), System::nanoTime);
        this.defaultWorkspace = database.write(this::firstWorkspace);
    }

    /** Of several nodes that start on an empty database, one makes it. */
    private Workspace firstWorkspace(Tx tx) throws SQLException {
        tx.lock("first workspace");
        return store.firstWorkspace(tx).orElseGet(() -> {
            var made = new Workspace(ids.next("ws_"), "default");
            store.add(tx, made, clock.instant());
            return made;
        });
    }

    public Workspace defaultWorkspace() {
        return defaultWorkspace;
    }

    /**
     * Whose key this is.
     *
     * @param presented the key, or null when the request had none
     * @throws ProblemException {@code authentication_failed}
     */
    public Caller authenticate(@Nullable String presented, @Nullable String client) {
        if (presented == null) {
            throw refused("No API key came with the request. Send it as `Authorization: Bearer ais_…`;"
                    + " the server wrote the first one into the config file of the user who started it.");
        }
        var hash = hash(presented);
        if (operatorHash != null && MessageDigest.isEqual(operatorHash, hash)) {
            return new Caller(defaultWorkspace.id(), OPERATOR, Role.ADMIN, null, true, client);
        }
        var key = known.get(ByteBuffer.wrap(hash), any -> read(hash));
        boolean isDefault = key.workspaceId().equals(defaultWorkspace.id());
        return new Caller(key.workspaceId(), key.id(), Role.ADMIN, null, isDefault, client);
    }

    private ApiKey read(byte[] hash) {
        var key = database.read(tx -> store.byHash(tx, hash))
                .orElseThrow(() -> refused("This server does not know the API key that came with the request."));
        if (key.revokedAt() != null) {
            throw refused("The API key " + key.id() + " was revoked on " + key.revokedAt() + ".");
        }
        return key;
    }

    private static ProblemException refused(String detail) {
        return Problem.of(ProblemCode.AUTHENTICATION_FAILED, detail).exception();
    }

    /** Whether a key opens this workspace; revoked ones do not. */
    public boolean hasKeys(String workspaceId) {
        return keys(workspaceId).stream().anyMatch(key -> key.revokedAt() == null);
    }

    /** The workspace's keys, newest first, revoked ones too. */
    public List<ApiKey> keys(String workspaceId) {
        return database.read(tx -> store.all(tx, workspaceId));
    }

    public NewKey create(String workspaceId, String name) {
        var text = new StringBuilder(PREFIX);
        for (int i = 0; i < CHARACTERS; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        var secret = text.toString();
        var lastFour = secret.substring(secret.length() - 4);
        var key = new ApiKey(
                ids.next("key_"), workspaceId, name, lastFour, clock.instant().truncatedTo(ChronoUnit.MILLIS), null);
        database.write(tx -> {
            store.add(tx, key, hash(secret));
            return key;
        });
        return new NewKey(key, new Secret(secret));
    }

    /** From here on the key opens nothing. @throws ProblemException {@code not_found} */
    public void revoke(String workspaceId, String id) {
        boolean found = database.write(tx -> store.revoke(tx, workspaceId, id, clock.instant()));
        if (!found) {
            throw Problem.of(ProblemCode.NOT_FOUND, "There is no API key " + id + " in this workspace.")
                    .exception();
        }
        known.forgetIf((hash, key) -> key.id().equals(id));
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
