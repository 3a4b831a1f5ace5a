package com.aistrale.server.webhooks;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.events.Events;
import com.aistrale.server.kit.crypto.Envelope.CannotOpen;
import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.webhooks.SqlWebhookStore.Sealed;
import com.aistrale.server.webhooks.Webhook.Disabled;
import com.aistrale.server.webhooks.signing.Secrets;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps webhooks. What is on its way to them is another room's, which reads their table and is told of every change. All
 * that changes a workspace's webhooks comes one after the other, on all nodes. Thread-safe.
 */
public final class Webhooks {
    private static final String TARGET = "webhook";

    /** So many a workspace may have. */
    static final int MOST = 50;

    /** So long the secret before signs beside the new one. */
    static final Duration OVERLAP = Duration.ofHours(24);

    /** A webhook with the secret that is shown this once. */
    record Revealed(Webhook webhook, Secret secret) {}

    private final Database database;
    private final SqlWebhookStore store = new SqlWebhookStore();
    private final Events events;
    private final Audit audit;
    private final Sealing sealing;
    private final Ids ids;
    private final InstantSource clock;
    private final SecureRandom random;
    private final Runnable changed;

    /**
     * @param random for secrets
     * @param changed called behind the commit of every change
     */
    public Webhooks(
            Database database,
            Events events,
            Audit audit,
            Sealing sealing,
            Ids ids,
            InstantSource clock,
            SecureRandom random,
            Runnable changed) {
        this.database = database;
        this.events = events;
        this.audit = audit;
        this.sealing = sealing;
        this.ids = ids;
        this.clock = clock;
        this.random = random;
        this.changed = changed;
    }

    /** Newest first, those below {@code below}. */
    List<Webhook> list(String workspaceId, @Nullable String below, int limit) {
        return database.read(tx -> store.webhooks(tx, workspaceId, below, limit));
    }

    /** @throws ProblemException {@code not_found} */
    public Webhook get(String workspaceId, String id) {
        return database.read(tx -> find(tx, workspaceId, id));
    }

    private Webhook find(Tx tx, String workspaceId, String id) {
        return store.webhook(tx, workspaceId, id).orElseThrow(() -> missing(id));
    }

    /** It gets what happens from now on. @throws ProblemException {@code conflict} when there are too many */
    Revealed create(Caller caller, Wanted wanted) {
        var workspace = caller.workspaceId();
        var id = ids.next("wh_");
        var now = now();
        var webhook = new Webhook(
                id,
                workspace,
                wanted.name(),
                wanted.url(),
                wanted.events(),
                wanted.filter(),
                wanted.includeContent(),
                List.copyOf(wanted.headers().keySet()),
                wanted.enabled() ? null : Disabled.MANUAL,
                null,
                null,
                now,
                now);
        var secret = secret(wanted.secret());
        var sealed = new Sealed(sealing.sealSecret(workspace, id, secret), sealed(workspace, id, wanted.headers()));
        change(workspace, tx -> {
            if (store.count(tx, workspace) >= MOST) {
                throw Problem.of(
                                ProblemCode.CONFLICT,
                                "There are " + MOST
                                        + " webhooks in this workspace, which is the most. Delete one first,"
                                        + " or change one: POST /api/v1/webhooks/{id}.")
                        .exception();
            }
            store.add(tx, webhook, sealed, events.drawn(tx));
            audit.append(tx, caller, "webhook.created", TARGET, id, WebhookJson.settings(webhook));
            return webhook;
        });
        return new Revealed(webhook, secret);
    }

    /** Changes what is said. @throws ProblemException {@code not_found} */
    Webhook update(Caller caller, String id, Changes changes) {
        var workspace = caller.workspaceId();
        return change(workspace, tx -> {
            var old = find(tx, workspace, id);
            var headers = changes.headers();
            boolean otherHeaders = headers != null && !isSame(tx, old, headers);
            var wanted = changed(old, changes);
            if (headers == null
                    && !old.headerNames().isEmpty()
                    && !wanted.origin().equals(old.origin())) {
                throw Problem.invalid(
                                "/headers",
                                "its headers were given for " + old.origin()
                                        + ": give them anew with the other host, or null for none")
                        .exception();
            }
            var difference = WebhookJson.difference(old, wanted, otherHeaders);
            if (difference.isEmpty()) {
                return old;
            }
            store.update(tx, wanted);
            if (headers != null && otherHeaders) {
                store.setHeaders(tx, id, wanted.headerNames(), sealed(workspace, id, headers));
            }
            if (wanted.isEnabled() && !old.isEnabled()) {
                store.enable(tx, id, events.drawn(tx));
            } else if (old.isEnabled() && !wanted.isEnabled()) {
                store.disable(tx, id, Disabled.MANUAL);
            }
            audit.append(tx, caller, "webhook.updated", TARGET, id, difference);
            return find(tx, workspace, id);
        });
    }

    private Webhook changed(Webhook old, Changes changes) {
        var headers = changes.headers();
        return new Webhook(
                old.id(),
                old.workspaceId(),
                changes.named() ? changes.name() : old.name(),
                changes.url() == null ? old.url() : changes.url(),
                changes.events() == null ? old.events() : changes.events(),
                changes.filter() == null ? old.filter() : changes.filter(),
                changes.includeContent() == null ? old.includeContent() : changes.includeContent(),
                headers == null ? old.headerNames() : List.copyOf(headers.keySet()),
                disabled(old, changes.enabled()),
                old.failingSince(),
                old.previousExpiresAt(),
                old.createdAt(),
                now());
    }

    /** One that is disabled keeps its reason, whoever disables it again. */
    private static @Nullable Disabled disabled(Webhook old, @Nullable Boolean enabled) {
        if (enabled == null || enabled == old.isEnabled()) {
            return old.disabled();
        }
        return enabled ? null : Disabled.MANUAL;
    }

    private boolean isSame(Tx tx, Webhook webhook, Map<String, String> headers) {
        var sealed = store.sealed(tx, webhook.id()).headers();
        if (sealed == null) {
            return headers.isEmpty();
        }
        try {
            var present = sealing.openHeaders(webhook.workspaceId(), webhook.id(), sealed);
            return new ArrayList<>(present.entrySet()).equals(new ArrayList<>(headers.entrySet()));
        } catch (CannotOpen lost) {
            return false; // the new ones can be opened
        }
    }

    private byte @Nullable [] sealed(String workspaceId, String id, Map<String, String> headers) {
        return headers.isEmpty() ? null : sealing.sealHeaders(workspaceId, id, headers);
    }

    /**
     * Replaces the secret. The old one signs for a day beside it; the one before that goes at once. To name the present one
     * changes nothing, so that who heard no answer may ask again.
     *
     * @param wanted null has one made
     * @throws ProblemException {@code not_found}
     */
    Revealed rotate(Caller caller, String id, @Nullable Secret wanted) {
        var workspace = caller.workspaceId();
        var secret = secret(wanted);
        var webhook = change(workspace, tx -> {
            var old = find(tx, workspace, id);
            if (wanted != null && isPresent(tx, old, wanted)) {
                return old;
            }
            var now = now();
            store.rotate(tx, id, sealing.sealSecret(workspace, id, secret), now.plus(OVERLAP), now);
            audit.append(tx, caller, "webhook.secret_rotated", TARGET, id, Json.object());
            return find(tx, workspace, id);
        });
        return new Revealed(webhook, secret);
    }

    private boolean isPresent(Tx tx, Webhook webhook, Secret secret) {
        try {
            return sealing.openSecret(
                            webhook.workspaceId(),
                            webhook.id(),
                            store.sealed(tx, webhook.id()).secret())
                    .reveal()
                    .equals(secret.reveal());
        } catch (CannotOpen lost) {
            return false;
        }
    }

    private Secret secret(@Nullable Secret wanted) {
        return wanted == null ? Secrets.make(random) : wanted;
    }

    /** Its secrets and what people said of it are gone at once, its deliveries later. @throws ProblemException {@code not_found} */
    void delete(Caller caller, String id) {
        var workspace = caller.workspaceId();
        change(workspace, tx -> {
            var old = find(tx, workspace, id);
            store.delete(tx, workspace, id, now());
            audit.append(tx, caller, "webhook.deleted", TARGET, id, WebhookJson.settings(old));
            return old;
        });
    }

    /** Of a deleted workspace, with what was on its way. @return how many rows were deleted, at most {@code most} */
    public int deleteBatch(String workspaceId, int most) {
        int webhooks = database.write(tx -> store.deleteAll(tx, workspaceId, now()));
        if (webhooks > 0) {
            changed.run();
        }
        return database.write(tx -> {
            int deliveries = store.deleteDeliveries(tx, workspaceId, most);
            return deliveries > 0 ? deliveries : store.remove(tx, workspaceId, most);
        });
    }

    private Webhook change(String workspaceId, Database.Read<Webhook> unit) {
        var webhook = database.write(tx -> {
            lock(tx, workspaceId);
            return unit.apply(tx);
        });
        changed.run();
        return webhook;
    }

    private static void lock(Tx tx, String workspaceId) throws SQLException {
        tx.lock("webhooks of " + workspaceId);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static ProblemException missing(String id) {
        return Problem.of(ProblemCode.NOT_FOUND, "There is no webhook " + id + " in this workspace.")
                .exception();
    }
}
