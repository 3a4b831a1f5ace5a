package com.aistrale.server.prompts;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.events.Event;
import com.aistrale.server.events.Events;
import com.aistrale.server.kit.http.IfMatch;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.prompts.SqlPromptStore.Locked;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps prompts. Every change takes the prompt's row first, so that changes of one prompt follow one another, on all
 * nodes; its event and its line in the audit log are in its transaction. Thread-safe.
 */
public final class Prompts {
    private static final int HINTS = 1_000;

    /** A page of prompts by name. @param more whether others follow */
    public record Page(List<Prompt> prompts, boolean more) {}

    /** A page of versions, the newest first. @param more whether older ones follow */
    public record VersionPage(Prompt prompt, List<PromptVersion> versions, boolean more) {}

    /** A version beside its prompt, which says the labels. */
    public record Found(Prompt prompt, PromptVersion version) {}

    /** What {@link #put} did. @param created whether it made a version */
    public record Put(Found found, boolean created) {}

    /** What happens to a prompt whose row is taken. */
    @FunctionalInterface
    private interface Change<T> {
        T apply(Tx tx, Locked prompt, Instant now) throws SQLException;
    }

    private final Database database;
    private final SqlPromptStore store = new SqlPromptStore();
    private final Events events;
    private final Audit audit;
    private final Ids ids;
    private final InstantSource clock;
    private final PromptCache cache;

    /** @param nanoTime a clock that only runs forward, for the age of what is remembered */
    public Prompts(Database database, Events events, Audit audit, Ids ids, InstantSource clock, LongSupplier nanoTime) {
        this.database = database;
        this.events = events;
        this.audit = audit;
        this.ids = ids;
        this.clock = clock;
        this.cache = new PromptCache(nanoTime);
    }

    /**
     * Prompts by name.
     *
     * @param after the name before the page, or null
     * @param part what the names must have in them, in whatever case, or null
     */
    public Page list(String workspaceId, @Nullable String after, @Nullable String part, int limit) {
        if (part != null && !PromptNames.isPart(part)) {
            return new Page(List.of(), false);
        }
        var prompts = database.read(tx -> store.list(tx, workspaceId, after, part, limit + 1));
        boolean more = prompts.size() > limit;
        return new Page(more ? prompts.subList(0, limit) : prompts, more);
    }

    /** @throws ProblemException {@code not_found} */
    public Prompt get(String workspaceId, String name) {
        return read(workspaceId, name).orElseThrow(() -> missing(workspaceId, name));
    }

    /** What cannot be a name is not looked for: not every database takes every character. */
    private Optional<Prompt> read(String workspaceId, String name) {
        return PromptNames.isName(name) ? database.read(tx -> store.byName(tx, workspaceId, name)) : Optional.empty();
    }

    /** Versions below {@code below}. @throws ProblemException {@code not_found} */
    public VersionPage versions(String workspaceId, String name, int below, int limit) {
        var prompt = get(workspaceId, name);
        var versions = database.read(tx -> store.versions(tx, workspaceId, name, below, limit + 1));
        boolean more = versions.size() > limit;
        return new VersionPage(prompt, more ? versions.subList(0, limit) : versions, more);
    }

    /** @throws ProblemException {@code not_found} */
    public Found version(String workspaceId, String name, VersionRef ref) {
        var prompt = get(workspaceId, name);
        var number = number(prompt, ref).orElseThrow(() -> missing(prompt, ref));
        return new Found(prompt, version(workspaceId, name, number));
    }

    private PromptVersion version(String workspaceId, String name, int number) {
        return database.read(tx -> store.version(tx, workspaceId, name, number))
                .orElseThrow(() -> new IllegalStateException("no version " + number + " of the prompt " + name));
    }

    /** The version for a run or a rendering, as it was within two seconds. @throws ProblemException {@code not_found} */
    public CompiledPrompt compiled(String workspaceId, String name, VersionRef ref) {
        var known = cache.fresh(workspaceId, name);
        var number = known == null ? Optional.<Integer>empty() : number(known, ref);
        if (number.isEmpty()) { // what is missing may have been made meanwhile
            var prompt = cache.prompt(workspaceId, name, () -> read(workspaceId, name))
                    .orElseThrow(() -> missing(workspaceId, name));
            number = number(prompt, ref);
            if (number.isEmpty()) {
                throw missing(prompt, ref);
            }
        }
        var compiled = cache.version(workspaceId, name, number.get());
        if (compiled == null) {
            compiled = new CompiledPrompt(version(workspaceId, name, number.get()));
            cache.put(workspaceId, compiled);
        }
        return compiled;
    }

    private static Optional<Integer> number(Prompt prompt, VersionRef ref) {
        return switch (ref) {
            case VersionRef.Numbered number ->
                number.version() >= 1 && number.version() <= prompt.latestVersion()
                        ? Optional.of(number.version())
                        : Optional.empty();
            case VersionRef.Labelled label ->
                label.label().equals(VersionRef.LATEST)
                        ? Optional.of(prompt.latestVersion())
                        : Optional.ofNullable(prompt.labels().get(label.label()));
            case VersionRef.Usual usual ->
                Optional.of(prompt.labels().getOrDefault(VersionRef.PRODUCTION, prompt.latestVersion()));
        };
    }

    /** The name with its first version. @throws ProblemException {@code conflict} when it is there */
    public Prompt create(Caller caller, String name, @Nullable String description, Draft draft) {
        var now = now();
        var made = database.write(tx -> create(tx, caller, name, description, draft, now));
        cache.changed(caller.workspaceId(), name);
        return made.orElseThrow(() -> Problem.of(
                                ProblemCode.CONFLICT,
                                "There is a prompt " + name + " already. Add a version to it: POST /api/v1/prompts/"
                                        + name + "/versions.")
                        .exception())
                .prompt();
    }

    private Optional<Found> create(
            Tx tx, Caller caller, String name, @Nullable String description, Draft draft, Instant now)
            throws SQLException {
        var made = store.create(tx, caller.workspaceId(), name, description, now);
        if (made.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(add(tx, caller, name, made.get().version(), draft, now));
    }

    private Found add(Tx tx, Caller caller, String name, int number, Draft draft, Instant now) throws SQLException {
        var version = new PromptVersion(name, number, draft.content(), draft.note(), now, caller.apiKeyId());
        store.add(tx, caller.workspaceId(), version);
        tell(tx, caller, name, number, "version_created", now);
        return new Found(present(tx, caller, name), version);
    }

    private Prompt present(Tx tx, Caller caller, String name) {
        return store.byName(tx, caller.workspaceId(), name).orElseThrow();
    }

    /** @throws ProblemException {@code not_found} or {@code precondition_failed} */
    public Prompt describe(Caller caller, String name, IfMatch ifMatch, @Nullable String description) {
        return change(caller, name, ifMatch, (tx, prompt, now) -> {
            store.update(
                    tx, caller.workspaceId(), name, description, prompt.latestVersion(), prompt.revision() + 1, now);
            return present(tx, caller, name);
        });
    }

    /** Adds the next version. @throws ProblemException {@code not_found} or {@code precondition_failed} */
    public Found addVersion(Caller caller, String name, IfMatch ifMatch, Draft draft) {
        return change(caller, name, ifMatch, (tx, prompt, now) -> {
            int number = prompt.latestVersion() + 1;
            store.update(tx, caller.workspaceId(), name, prompt.description(), number, prompt.revision() + 1, now);
            return add(tx, caller, name, number, draft, now);
        });
    }

    /**
     * Makes the prompt so: a new one, a new version, or none where the newest has this content.
     *
     * @param description null leaves it as it is
     * @throws ProblemException {@code precondition_failed}, or {@code not_found} where a revision is named of nothing
     */
    public Put put(Caller caller, String name, IfMatch ifMatch, @Nullable String description, Draft draft) {
        while (true) {
            if (ifMatch == IfMatch.ANY) {
                var now = now();
                var made = database.write(tx -> create(tx, caller, name, description, draft, now));
                cache.changed(caller.workspaceId(), name);
                if (made.isPresent()) {
                    return new Put(made.get(), true);
                }
            }
            var changed = putThere(caller, name, ifMatch, description, draft);
            if (changed.isPresent()) {
                return changed.get();
            }
            if (ifMatch != IfMatch.ANY) {
                throw missing(caller.workspaceId(), name);
            } // else it was deleted since it was there, and is to be made
        }
    }

    private Optional<Put> putThere(
            Caller caller, String name, IfMatch ifMatch, @Nullable String description, Draft draft) {
        return changeThere(caller, name, ifMatch, (tx, prompt, now) -> {
            var workspace = caller.workspaceId();
            var newest =
                    store.version(tx, workspace, name, prompt.latestVersion()).orElseThrow();
            boolean same = newest.content().equals(draft.content());
            var described = description == null ? prompt.description() : description;
            int number = prompt.latestVersion() + (same ? 0 : 1);
            if (!same || !Objects.equals(described, prompt.description())) {
                store.update(tx, workspace, name, described, number, prompt.revision() + 1, now);
            }
            return same
                    ? new Put(new Found(present(tx, caller, name), newest), false)
                    : new Put(add(tx, caller, name, number, draft, now), true);
        });
    }

    /** Puts the label at the version. @throws ProblemException {@code not_found} or {@code precondition_failed} */
    public Prompt label(Caller caller, String name, IfMatch ifMatch, String label, int version) {
        PromptNames.checkLabel(label);
        return change(caller, name, ifMatch, (tx, prompt, now) -> {
            if (version < 1 || version > prompt.latestVersion()) {
                throw missing(name, version, prompt.latestVersion());
            }
            var from = store.labels(tx, caller.workspaceId(), name).get(label);
            if (from == null || from != version) {
                store.setLabel(tx, caller.workspaceId(), name, label, version);
                touch(tx, caller, name, prompt, now);
                tell(tx, caller, name, version, "label_moved", now);
                var detail = Json.object().put("label", label).put("from", from).put("to", version);
                audit.append(tx, caller, "prompt.label_moved", "prompt", name, detail);
            }
            return present(tx, caller, name);
        });
    }

    /** Takes the label away. @throws ProblemException {@code not_found} or {@code precondition_failed} */
    public void unlabel(Caller caller, String name, IfMatch ifMatch, String label) {
        PromptNames.checkLabel(label);
        change(caller, name, ifMatch, (tx, prompt, now) -> {
            var labels = store.labels(tx, caller.workspaceId(), name);
            var version = labels.get(label);
            if (version == null) {
                throw missing(name, label, labels);
            }
            store.removeLabel(tx, caller.workspaceId(), name, label);
            touch(tx, caller, name, prompt, now);
            tell(tx, caller, name, version, "label_removed", now);
            var detail = Json.object().put("label", label).put("version", version);
            audit.append(tx, caller, "prompt.label_removed", "prompt", name, detail);
            return true;
        });
    }

    /** Deletes the prompt and its labels; its versions stay. @throws ProblemException as of all changes */
    public void delete(Caller caller, String name, IfMatch ifMatch) {
        change(caller, name, ifMatch, (tx, prompt, now) -> {
            var detail = Json.object().put("latest_version", prompt.latestVersion());
            var labels = detail.putObject("labels");
            store.labels(tx, caller.workspaceId(), name).forEach(labels::put);
            store.delete(tx, caller.workspaceId(), name, prompt.revision() + 1, now);
            tell(tx, caller, name, prompt.latestVersion(), "deleted", now);
            audit.append(tx, caller, "prompt.deleted", "prompt", name, detail);
            return true;
        });
    }

    /** Deletes at most {@code most} rows of a workspace that is gone. @return how many; 0 when none is left */
    public int deleteBatch(String workspaceId, int most) {
        return database.write(tx -> store.deleteSome(tx, workspaceId, most));
    }

    private <T> T change(Caller caller, String name, IfMatch ifMatch, Change<T> change) {
        return changeThere(caller, name, ifMatch, change).orElseThrow(() -> missing(caller.workspaceId(), name));
    }

    /** Empty when there is no such prompt. */
    private <T> Optional<T> changeThere(Caller caller, String name, IfMatch ifMatch, Change<T> change) {
        if (!PromptNames.isName(name)) {
            return Optional.empty();
        }
        var now = now();
        try {
            return database.write(tx -> {
                var prompt = store.lock(tx, caller.workspaceId(), name);
                if (prompt.isEmpty()) {
                    return Optional.<T>empty();
                }
                ifMatch.check(prompt.get().revision(), "The prompt " + name);
                return Optional.of(change.apply(tx, prompt.get(), now));
            });
        } finally {
            cache.changed(caller.workspaceId(), name);
        }
    }

    private void touch(Tx tx, Caller caller, String name, Locked prompt, Instant now) {
        store.update(
                tx,
                caller.workspaceId(),
                name,
                prompt.description(),
                prompt.latestVersion(),
                prompt.revision() + 1,
                now);
    }

    /** Appends {@code prompt.updated}, with the labels that the version now has. */
    private void tell(Tx tx, Caller caller, String name, int version, String change, Instant now) throws SQLException {
        var data = Json.object().put("name", name).put("version", version);
        var labels = data.putArray("labels");
        labelsOf(store.labels(tx, caller.workspaceId(), name), version).forEach(labels::add);
        data.put("change", change).put("updated_by", caller.apiKeyId());
        events.append(tx, new Event(ids.next("evt_"), caller.workspaceId(), "prompt.updated", now, Json.text(data)));
    }

    /** The labels that are at the version, in their order. */
    static List<String> labelsOf(SortedMap<String, Integer> labels, int version) {
        var all = new ArrayList<String>();
        labels.forEach((label, at) -> {
            if (at == version) {
                all.add(label);
            }
        });
        return all;
    }

    /** As precise as it is stored. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private ProblemException missing(String workspaceId, String name) {
        var names = database.read(tx -> store.names(tx, workspaceId, HINTS));
        return notFound("There is no prompt `" + name + "` in this workspace" + ended(Nearest.hint(name, names)));
    }

    private static ProblemException missing(Prompt prompt, VersionRef ref) {
        return switch (ref) {
            case VersionRef.Numbered number -> missing(prompt.name(), number.version(), prompt.latestVersion());
            case VersionRef.Labelled label -> missing(prompt.name(), label.label(), prompt.labels());
            case VersionRef.Usual usual -> throw new IllegalStateException(prompt.name() + " has no version");
        };
    }

    private static ProblemException missing(String name, int version, int latest) {
        return notFound("The prompt `" + name + "` has no version " + version + "; its latest is " + latest + ".");
    }

    private static ProblemException missing(String name, String label, SortedMap<String, Integer> labels) {
        var known = new ArrayList<>(labels.keySet());
        known.add(VersionRef.LATEST);
        return notFound("The prompt `" + name + "` has no label `" + label + "`" + ended(Nearest.hint(label, known)));
    }

    private static String ended(String hint) {
        return hint.isEmpty() ? "." : hint;
    }

    private static ProblemException notFound(String detail) {
        return Problem.of(ProblemCode.NOT_FOUND, detail).exception();
    }
}
