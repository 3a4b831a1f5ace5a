package com.aistrale.server.access;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The tenants and their settings; the operator makes and deletes them. Thread-safe. */
public final class Workspaces {
    /** What only the operator does. */
    static final String OPERATORS = "makes and deletes workspaces";

    private static final String TARGET = "workspace";

    /** A workspace as it is shown. @param defaultModel {@code provider/model}, or null */
    record View(Workspace workspace, @Nullable String defaultModel) {}

    /** What a caller wants to be different; of a new workspace, what it says at all. */
    record Changes(
            Change<String> name,
            Change<Boolean> captureContent,
            Change<Integer> retentionDays,
            Change<String> defaultModel) {}

    private final Database database;
    private final SqlAccessStore store = new SqlAccessStore();
    private final Audit audit;
    private final Ids ids;
    private final InstantSource clock;
    private final Access access;
    private final DefaultModels defaultModels;
    private final WorkspaceDeletion deletion;

    public Workspaces(
            Database database,
            Audit audit,
            Ids ids,
            InstantSource clock,
            Access access,
            DefaultModels defaultModels,
            WorkspaceDeletion deletion) {
        this.database = database;
        this.audit = audit;
        this.ids = ids;
        this.clock = clock;
        this.access = access;
        this.defaultModels = defaultModels;
        this.deletion = deletion;
    }

    /** @throws ProblemException {@code not_found} */
    public Workspace get(String id) {
        return database.read(tx -> store.workspace(tx, id)).orElseThrow(() -> missing(id));
    }

    /** What the caller sees of it: its own workspace, the operator every one. @throws ProblemException {@code not_found} */
    View view(Caller caller, String id) {
        requireSight(caller, id);
        return view(get(id));
    }

    private View view(Workspace workspace) {
        return new View(workspace, defaultModels.defaultModel(workspace.id(), workspace.isDefault()));
    }

    /** A page of all, for the operator; newest first. */
    List<View> all(@Nullable String below, int limit) {
        return database.read(tx -> store.workspaces(tx, below, limit)).stream()
                .map(this::view)
                .toList();
    }

    /** The caller's own, as a list. @param below none when its id is not lower */
    List<View> own(Caller caller, @Nullable String below) {
        var id = caller.workspaceId();
        return below != null && id.compareTo(below) >= 0 ? List.of() : List.of(view(get(id)));
    }

    /** @throws ProblemException {@code conflict} when the name is taken */
    View create(Caller operator, Changes wanted) {
        var workspace = new Workspace(
                ids.next("ws_"),
                Objects.requireNonNull(wanted.name().value()),
                false,
                Boolean.TRUE.equals(wanted.captureContent().value()),
                wanted.retentionDays().value(),
                clock.instant().truncatedTo(ChronoUnit.MILLIS));
        var model = wanted.defaultModel().value();
        database.write(tx -> {
            if (!store.add(tx, workspace)) {
                throw nameTaken(workspace.name());
            }
            if (model != null) {
                defaultModels.setDefaultModel(tx, workspace.id(), model);
            }
            var detail = WorkspaceJson.settings(workspace, model);
            audit.append(
                    tx, operator.in(access.defaultWorkspace()), "workspace.created", TARGET, workspace.id(), detail);
            return workspace;
        });
        return view(workspace);
    }

    /** @throws ProblemException {@code not_found}; {@code conflict} when the name is taken */
    View update(Caller caller, String id, Changes changes) {
        view(caller, id); // an unpinned workspace gets its model first, so that the log says which one it had
        var updated = database.write(tx -> {
            store.hold(tx, id);
            var old = store.workspace(tx, id).orElseThrow(() -> missing(id));
            var now = changed(old, changes);
            var pinned = defaultModels.pinned(tx, id);
            var model = changes.defaultModel().or(pinned);
            var difference = Audit.difference(WorkspaceJson.settings(old, pinned), WorkspaceJson.settings(now, model));
            if (difference.isEmpty()) {
                return old;
            }
            if (store.isNameTaken(tx, now.name(), id)) {
                throw nameTaken(now.name());
            }
            store.update(tx, now);
            if (changes.defaultModel().said()) {
                defaultModels.setDefaultModel(tx, id, model);
            }
            audit.append(tx, caller.in(now), "workspace.updated", TARGET, id, difference);
            return now;
        });
        defaultModels.defaultModelChanged(id);
        return view(updated);
    }

    private static Workspace changed(Workspace old, Changes changes) {
        return new Workspace(
                old.id(),
                Objects.requireNonNull(changes.name().or(old.name())),
                old.isDefault(),
                Boolean.TRUE.equals(changes.captureContent().or(old.captureContent())),
                changes.retentionDays().or(old.retentionDays()),
                old.createdAt());
    }

    /**
     * The workspace is gone and its keys with it; what it holds is deleted in the background.
     *
     * @throws ProblemException {@code not_found}, {@code permission_denied}; {@code conflict} for the default workspace
     */
    void delete(Caller caller, String id) {
        requireSight(caller, id);
        Guard.requireOperator(caller, OPERATORS);
        database.write(tx -> {
            store.hold(tx, id);
            var workspace = store.workspace(tx, id).orElseThrow(() -> missing(id));
            if (workspace.isDefault()) {
                throw Problem.of(
                                ProblemCode.CONFLICT,
                                "The workspace " + id + " is the default one: the server's own, which stays. Its keys,"
                                        + " tokens and prompts can be deleted one by one.")
                        .exception();
            }
            store.markDeleted(tx, id, clock.instant());
            var home = caller.in(access.defaultWorkspace()); // the log of the deleted one goes too
            audit.append(
                    tx, home, "workspace.deleted", TARGET, id, Json.object().put("name", workspace.name()));
            return true;
        });
        access.workspaceDeleted(id);
        deletion.wake();
    }

    private static void requireSight(Caller caller, String id) {
        if (!caller.isOperator() && !caller.workspaceId().equals(id)) {
            throw missing(id);
        }
    }

    static ProblemException missing(String id) {
        return Problem.of(ProblemCode.NOT_FOUND, "There is no workspace " + id + ".")
                .exception();
    }

    private static ProblemException nameTaken(String name) {
        return Problem.of(
                        ProblemCode.CONFLICT,
                        "There is a workspace named `" + name + "` already; upper and lower case make no difference.")
                .exception();
    }
}
