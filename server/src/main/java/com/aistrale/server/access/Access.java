package com.aistrale.server.access;

import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The API keys that open workspaces. A key is {@code ais_} and 52 characters of base32: 256 random bits, so a plain
 * SHA-256 of it can be stored. Thread-safe.
 */
public final class Access {
    /** The id under which the key of {@code AISTRALE_ADMIN_KEY} appears in records. */
    public static final String OPERATOR = "key_operator";

    /** The id under which the server itself appears in the audit log. */
    public static final String SERVER = "key_server";

    private static final String TARGET = "api_key";
    private static final String PREFIX = "ais_";
    private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int CHARACTERS = 52;

    /** A new key, to be shown once. */
    public record NewKey(ApiKey key, Secret secret) {}

    /** What a caller wants a key to be. @param allowedModels null for those that the caller may run */
    record Wanted(
            String name,
            Role role,
            @Nullable List<String> allowedModels,
            @Nullable Instant expiresAt,
            RateLimits limits) {}

    /** What a caller wants to be different. */
    record Changes(
            Change<String> name,
            Change<List<String>> allowedModels,
            Change<Instant> expiresAt,
            Change<Long> requestsPerMinute,
            Change<Long> tokensPerMinute) {}

    private final Database database;
    private final SqlAccessStore store = new SqlAccessStore();
    private final Audit audit;
    private final Ids ids;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final byte @Nullable [] operatorHash;
    private final KnownKeys known;
    private final Workspace defaultWorkspace;

    public Access(
            Database database,
            Audit audit,
            Ids ids,
            InstantSource clock,
            RandomGenerator random,
            @Nullable Secret operatorKey) {
        this.database = database;
        this.audit = audit;
        this.ids = ids;
        this.clock = clock;
        this.random = random;
        this.operatorHash = operatorKey == null ? null : hash(operatorKey.reveal());
        this.known = new KnownKeys(database, store);
        this.defaultWorkspace = database.write(this::firstWorkspace);
    }

    /** Of several nodes that start on an empty database, one makes it. */
    private Workspace firstWorkspace(Tx tx) throws SQLException {
        tx.lock("first workspace");
        return store.defaultWorkspace(tx).orElseGet(() -> {
            store.add(tx, new Workspace(ids.next("ws_"), "default", true, false, null, now()));
            return store.defaultWorkspace(tx).orElseThrow();
        });
    }

    /** The one that credentials of the environment serve, as it was when the server started. */
    public Workspace defaultWorkspace() {
        return defaultWorkspace;
    }

    /**
     * Whose key this is.
     *
     * @param presented the key, or null when the request had none
     * @param workspaceId where the operator wants to act; null for the default workspace
     * @throws ProblemException {@code authentication_failed}; {@code permission_denied} when somebody else than the operator
     *     names a workspace, {@code not_found} when there is none
     */
    public Caller authenticate(@Nullable String presented, @Nullable String client, @Nullable String workspaceId) {
        if (presented == null) {
            throw refused("No API key came with the request. Send it as `Authorization: Bearer ais_…`;"
                    + " the server wrote the first one into the config file of the user who started it.");
        }
        var hash = hash(presented);
        if (operatorHash != null && MessageDigest.isEqual(operatorHash, hash)) {
            return operator(client, workspaceId);
        }
        var found = known.find(hash);
        var key = found.key();
        var now = clock.instant();
        if (key.expiresAt() != null && key.isExpired(now)) {
            throw refused("The API key " + key.id() + " expired on " + Json.time(key.expiresAt())
                    + ". Ask an admin of its workspace for another.");
        }
        if (workspaceId != null) {
            throw Problem.of(
                            ProblemCode.PERMISSION_DENIED,
                            "The header " + Guard.WORKSPACE_NAME
                                    + " is for the operator (AISTRALE_ADMIN_KEY); the API key " + key.id()
                                    + " acts in its own workspace. Leave the header out.")
                    .exception();
        }
        known.used(found, now);
        boolean isDefault = key.workspaceId().equals(defaultWorkspace.id());
        return new Caller(
                key.workspaceId(), key.id(), key.role(), key.allowedModels(), isDefault, client, key.limits());
    }

    private Caller operator(@Nullable String client, @Nullable String workspaceId) {
        var workspace = workspaceId == null
                ? defaultWorkspace
                : database.read(tx -> store.workspace(tx, workspaceId))
                        .orElseThrow(() -> Workspaces.missing(workspaceId));
        return new Caller(workspace.id(), OPERATOR, Role.ADMIN, null, workspace.isDefault(), client);
    }

    static ProblemException refused(String detail) {
        return Problem.of(ProblemCode.AUTHENTICATION_FAILED, detail).exception();
    }

    /** Whether somebody can make keys for this workspace: a key of an admin opens it. */
    public boolean hasKeys(String workspaceId) {
        return database.read(tx -> store.openAdmins(tx, workspaceId, clock.instant())) > 0;
    }

    /** A page of the workspace's keys, newest first, revoked ones too. */
    List<ApiKey> keys(String workspaceId, @Nullable String below, int limit) {
        return database.read(tx -> store.keys(tx, workspaceId, below, limit));
    }

    /** @throws ProblemException {@code not_found} */
    ApiKey key(String workspaceId, String id) {
        return database.read(tx -> store.key(tx, workspaceId, id)).orElseThrow(() -> missing(id));
    }

    /** Whether this is a key of the workspace, be it revoked. */
    public boolean isKey(String workspaceId, String id) {
        return database.read(tx -> store.key(tx, workspaceId, id)).isPresent();
    }

    /** A key that the server makes by itself, for an admin. */
    public NewKey create(String workspaceId, String name) {
        return create(Caller.server(workspaceId), new Wanted(name, Role.ADMIN, null, null, RateLimits.NONE));
    }

    /** @throws ProblemException {@code permission_denied} when it is to do more than the caller's key */
    NewKey create(Caller caller, Wanted wanted) {
        requireRole(caller, wanted.role());
        var models = wanted.allowedModels() == null ? caller.allowedModels() : wanted.allowedModels();
        requireWithin(caller, models);
        var secret = newSecret();
        var key = new ApiKey(
                ids.next("key_"),
                caller.workspaceId(),
                wanted.name(),
                wanted.role(),
                models,
                secret.substring(secret.length() - 4),
                now(),
                wanted.expiresAt(),
                wanted.limits(),
                null,
                null);
        database.write(tx -> {
            if (!store.hold(tx, caller.workspaceId())) {
                throw Workspaces.missing(caller.workspaceId());
            }
            store.add(tx, key, hash(secret));
            audit.append(tx, caller, "api_key.created", TARGET, key.id(), ApiKeyJson.settings(key));
            return key;
        });
        return new NewKey(key, new Secret(secret));
    }

    private String newSecret() {
        var text = new StringBuilder(PREFIX);
        for (int i = 0; i < CHARACTERS; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.toString();
    }

    private static void requireRole(Caller caller, Role role) {
        if (!caller.role().covers(role)) {
            throw Problem.of(
                            ProblemCode.PERMISSION_DENIED,
                            "The API key " + caller.apiKeyId() + " has the role `"
                                    + caller.role().wireName() + "` and cannot give more: `" + role.wireName() + "`.")
                    .exception();
        }
    }

    private static void requireWithin(Caller caller, @Nullable List<String> models) {
        if (!AllowedModels.within(models, caller.allowedModels())) {
            throw Problem.of(
                            ProblemCode.PERMISSION_DENIED,
                            "The API key " + caller.apiKeyId() + " may run "
                                    + AllowedModels.named(caller.allowedModels()) + " and cannot let another key run "
                                    + AllowedModels.named(models) + ". Name models out of its own.")
                    .exception();
        }
    }

    /** @throws ProblemException {@code not_found}; {@code conflict} when it is revoked; {@code permission_denied} */
    ApiKey update(Caller caller, String id, Changes changes) {
        var updated = database.write(tx -> {
            store.hold(tx, caller.workspaceId()); // first, as everyone does
            var before = store.key(tx, caller.workspaceId(), id).orElseThrow(() -> missing(id));
            if (before.revokedAt() != null) {
                throw conflict("The API key " + id + " was revoked and stays so. Make another.");
            }
            if (changes.allowedModels().said()) {
                requireWithin(caller, changes.allowedModels().value());
            }
            var after = before.with(
                    Objects.requireNonNull(changes.name().or(before.name())),
                    changes.allowedModels().or(before.allowedModels()),
                    changes.expiresAt().or(before.expiresAt()),
                    new RateLimits(
                            changes.requestsPerMinute().or(before.limits().requestsPerMinute()),
                            changes.tokensPerMinute().or(before.limits().tokensPerMinute())));
            if (after.expiresAt() != null && isLastLasting(tx, caller, before)) {
                throw lastLasting(id);
            }
            if (!after.equals(before)) {
                store.update(tx, after);
                var difference = Audit.difference(ApiKeyJson.settings(before), ApiKeyJson.settings(after));
                audit.append(tx, caller, "api_key.updated", TARGET, id, difference);
            }
            return after;
        });
        known.forget(key -> key.id().equals(id));
        return updated;
    }

    /** From here on the key of the server's own making opens nothing. */
    public void revoke(String workspaceId, String id) {
        revoke(Caller.server(workspaceId), id);
    }

    /**
     * From here on the key opens nothing; revoking it again changes nothing.
     *
     * @throws ProblemException {@code not_found}; {@code conflict} when afterwards nobody could make keys
     */
    void revoke(Caller caller, String id) {
        var workspaceId = caller.workspaceId();
        database.write(tx -> {
            store.hold(tx, workspaceId);
            var now = now();
            var key = store.key(tx, workspaceId, id).orElseThrow(() -> missing(id));
            if (key.revokedAt() != null) {
                return false;
            }
            boolean isAdmins = key.role() == Role.ADMIN && key.opens(now);
            if (isAdmins && !caller.isAboveKeys() && store.openAdmins(tx, workspaceId, now) == 1) {
                throw conflict("The API key " + id + " is the last one with the role `admin` in this workspace: without"
                        + " it nobody could make keys here. Make another admin key first, then revoke this one"
                        + " with it.");
            }
            if (isLastLasting(tx, caller, key)) {
                throw lastLasting(id);
            }
            store.revoke(tx, workspaceId, id, now);
            audit.append(
                    tx, caller, "api_key.revoked", TARGET, id, Json.object().put("name", key.name()));
            return true;
        });
        known.forget(key -> key.id().equals(id));
    }

    /** Whether without this key, which is not revoked, nobody here could make keys for good. */
    private boolean isLastLasting(Tx tx, Caller caller, ApiKey key) {
        return key.role() == Role.ADMIN
                && key.expiresAt() == null
                && !caller.isAboveKeys()
                && store.lastingAdmins(tx, key.workspaceId()) == 1;
    }

    private static ProblemException lastLasting(String id) {
        return conflict("The API key " + id + " is the last one with the role `admin` in this workspace that does not"
                + " end: without it nobody could make keys here for long. Make another admin key first.");
    }

    /** The workspace was deleted, and its keys revoked with it. */
    void workspaceDeleted(String workspaceId) {
        known.forget(key -> key.workspaceId().equals(workspaceId));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static ProblemException missing(String id) {
        return Problem.of(ProblemCode.NOT_FOUND, "There is no API key " + id + " in this workspace.")
                .exception();
    }

    private static ProblemException conflict(String detail) {
        return Problem.of(ProblemCode.CONFLICT, detail).exception();
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
