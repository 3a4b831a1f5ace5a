package com.aistrale.server.routing;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.kit.memo.Remembered;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The names that workspaces give to models and their fallbacks. Every inference asks for them. Thread-safe. */
public final class Aliases {
    private static final String TARGET = "alias";

    private final Database database;
    private final SqlAliasStore store = new SqlAliasStore();
    private final Audit audit;
    private final InstantSource clock;
    private final Remembered<String, SequencedMap<String, Alias>> known;

    /** @param nanoTime {@link System#nanoTime} */
    public Aliases(Database database, Audit audit, InstantSource clock, LongSupplier nanoTime) {
        this.database = database;
        this.audit = audit;
        this.clock = clock;
        this.known = new Remembered<>(database.trust(), nanoTime);
    }

    /** What the name stands for, at most two seconds late; null when it is no alias. */
    public @Nullable Alias find(String workspaceId, String name) {
        return known(workspaceId).get(name);
    }

    /** All, by name; at most two seconds late. */
    public Collection<Alias> known(Caller caller) {
        return known(caller.workspaceId()).values();
    }

    private Map<String, Alias> known(String workspaceId) {
        return known.get(workspaceId, this::load);
    }

    private SequencedMap<String, Alias> load(String workspaceId) {
        var byName = new LinkedHashMap<String, Alias>();
        list(workspaceId).forEach(alias -> byName.put(alias.name(), alias));
        return byName;
    }

    /** All, by name. */
    List<Alias> list(String workspaceId) {
        return database.read(tx -> store.all(tx, workspaceId));
    }

    /** @throws ProblemException {@code not_found} */
    Alias get(String workspaceId, String name) {
        return database.read(tx -> store.byName(tx, workspaceId, name)).orElseThrow(() -> missing(name));
    }

    /**
     * Makes it, or has it stand for something else.
     *
     * @throws ProblemException {@code invalid_request} where a model is an alias itself; {@code conflict} where there
     *     are too many
     */
    Alias set(Caller caller, String name, String model, List<String> fallbacks) {
        var workspaceId = caller.workspaceId();
        var set = database.write(tx -> {
            store.hold(tx, workspaceId);
            refuseAliases(tx, workspaceId, name, model, fallbacks);
            var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
            var old = store.byName(tx, workspaceId, name).orElse(null);
            if (old == null) {
                var made = new Alias(name, model, fallbacks, now, now);
                if (store.count(tx, workspaceId) >= Alias.MOST) {
                    throw tooMany();
                }
                store.put(tx, workspaceId, made);
                audit.append(tx, caller, "alias.created", TARGET, name, AliasJson.targets(made));
                return made;
            }
            var changed = new Alias(name, model, fallbacks, old.createdAt(), now);
            var difference = Audit.difference(AliasJson.targets(old), AliasJson.targets(changed));
            if (difference.isEmpty()) {
                return old;
            }
            store.put(tx, workspaceId, changed);
            audit.append(tx, caller, "alias.updated", TARGET, name, difference);
            return changed;
        });
        known.forget(workspaceId);
        return set;
    }

    /** An alias may be called as the model that it stands for: then that is meant. */
    private void refuseAliases(Tx tx, String workspaceId, String name, String model, List<String> fallbacks) {
        var mistakes = new ArrayList<FieldError>(0);
        refuseAlias(tx, workspaceId, name, model, "/model", mistakes);
        for (int i = 0; i < fallbacks.size(); i++) {
            refuseAlias(tx, workspaceId, name, fallbacks.get(i), "/fallbacks/" + i, mistakes);
        }
        if (!mistakes.isEmpty()) {
            throw Problem.invalid(mistakes).exception();
        }
    }

    private void refuseAlias(
            Tx tx, String workspaceId, String name, String model, String pointer, List<FieldError> mistakes) {
        if (!model.equals(name) && store.byName(tx, workspaceId, model).isPresent()) {
            mistakes.add(new FieldError(
                    pointer, "`" + model + "` is an alias itself; name the model, as in `provider/model`"));
        }
    }

    /** @throws ProblemException {@code not_found} */
    void delete(Caller caller, String name) {
        var workspaceId = caller.workspaceId();
        database.write(tx -> {
            store.hold(tx, workspaceId);
            var alias = store.byName(tx, workspaceId, name).orElseThrow(() -> missing(name));
            store.delete(tx, workspaceId, name);
            audit.append(tx, caller, "alias.deleted", TARGET, name, AliasJson.targets(alias));
            return alias;
        });
        known.forget(workspaceId);
    }

    /** Of a deleted workspace. @return how many were deleted, at most {@code most} */
    public int deleteBatch(String workspaceId, int most) {
        int count = database.write(tx -> store.deleteBatch(tx, workspaceId, most));
        known.forget(workspaceId);
        return count;
    }

    private static ProblemException missing(String name) {
        return Problem.of(ProblemCode.NOT_FOUND, "There is no alias `" + name + "` in this workspace.")
                .exception();
    }

    private static ProblemException tooMany() {
        return Problem.of(
                        ProblemCode.CONFLICT,
                        "A workspace has at most " + Alias.MOST + " aliases, and so many are there. Delete one first:"
                                + " aistrale aliases delete NAME")
                .exception();
    }
}
