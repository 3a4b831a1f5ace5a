package com.aistrale.server.tokens;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.access.DefaultModels;
import com.aistrale.server.kit.crypto.Envelope;
import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.memo.Remembered;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.tokens.Stored.Held;
import com.aistrale.server.tokens.Token.SetAside;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Provider tokens, and with them who can be asked. Several of one provider share its calls by their weights. One that the
 * provider refuses is set aside: it is used when no other is left, and tried again by one call every {@link Stored#REST}; a
 * success or another secret puts it back in use. A stored token that is in use comes before the environment's, which serves
 * the default workspace only; the environment's comes before those that are set aside. Thread-safe.
 */
public final class Tokens implements DefaultModels {
    private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);

    /** Where a credential comes from. */
    public enum Source {
        TOKEN,
        ENVIRONMENT,
        NOT_NEEDED
    }

    /**
     * @param secret null when none is needed
     * @param tokenId null unless it is a stored token
     */
    public record Credential(
            Source source,
            @Nullable Secret secret,
            @Nullable String tokenId) {}

    /** A token that was set aside so recently needs no telling again: all others may be calling with it. */
    private static final Duration SAID = Duration.ofSeconds(5);

    /** How long the one call has that tries a token again, before another one does. */
    private static final Duration TRIAL = Duration.ofSeconds(30);

    private record Slot(String workspaceId, String provider) {}

    private final Database database;
    private final SqlTokenStore store = new SqlTokenStore();
    private final Audit audit;
    private final Envelope envelope;
    private final ProviderDirectory directory;
    private final LocalModels localModels;
    private final Map<String, String> environment;
    private final Ids ids;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Set<String> unreadable = ConcurrentHashMap.newKeySet();
    private final Map<String, Instant> tried = new ConcurrentHashMap<>();
    private final Remembered<Slot, Stored> stored;
    private final Remembered<String, Optional<String>> defaults;

    /** @param random chooses among tokens; not for secrets */
    public Tokens(
            Database database,
            Audit audit,
            Envelope envelope,
            ProviderDirectory directory,
            LocalModels localModels,
            Map<String, String> environment,
            Ids ids,
            InstantSource clock,
            RandomGenerator random) {
        this.database = database;
        this.audit = audit;
        this.envelope = envelope;
        this.directory = directory;
        this.localModels = localModels;
        this.environment = environment;
        this.ids = ids;
        this.clock = clock;
        this.random = random;
        this.stored = new Remembered<>(database.trust(), System::nanoTime);
        this.defaults = new Remembered<>(database.trust(), System::nanoTime);
        directory.all().forEach(this::warnOfUnusable);
    }

    private void warnOfUnusable(ProviderSpec provider) {
        for (var variable : provider.credentialEnv()) {
            var value = environment.getOrDefault(variable, "").strip();
            if (!value.isEmpty() && !TokenText.isToken(value)) {
                LOG.warn("{} is not used: it has a blank or a letter outside ASCII, which no token has", variable);
            }
        }
    }

    public ProviderDirectory directory() {
        return directory;
    }

    public LocalModels localModels() {
        return localModels;
    }

    /** Stores a token; the workspace's first credential pins its default model. */
    public Token add(Caller caller, ProviderSpec provider, Secret secret, @Nullable String name, int weight) {
        var workspaceId = caller.workspaceId();
        var token = new Token(
                ids.next("tok_"),
                workspaceId,
                provider.name(),
                name,
                lastFour(secret),
                weight,
                clock.instant().truncatedTo(ChronoUnit.MILLIS),
                null);
        var sealed = envelope.seal(secret, owner(workspaceId, provider.name(), token.id()));
        database.write(tx -> {
            store.add(tx, token, sealed);
            store.noteCredential(tx, workspaceId);
            pin(tx, workspaceId, provider.name(), provider.defaultModel());
            audit(tx, caller, "token.created", token);
            return token;
        });
        forget(workspaceId, provider.name());
        return token;
    }

    /** Changes what is said. Another secret is in use at once. @throws ProblemException {@code not_found} */
    public Token update(Caller caller, String id, TokenChange change) {
        var workspaceId = caller.workspaceId();
        var updated = database.write(tx -> {
            var old = store.byId(tx, workspaceId, id).orElseThrow(() -> missing(id));
            var secret = change.secret();
            var token = new Token(
                    id,
                    workspaceId,
                    old.provider(),
                    change.named() ? change.name() : old.name(),
                    secret == null ? old.lastFour() : lastFour(secret),
                    change.weight() == null ? old.weight() : change.weight(),
                    old.createdAt(),
                    secret == null ? old.setAside() : null);
            store.describe(tx, token);
            if (secret != null) {
                store.replace(tx, token, envelope.seal(secret, owner(workspaceId, old.provider(), id)));
            }
            audit(tx, caller, secret == null ? "token.updated" : "token.replaced", token);
            return token;
        });
        forget(workspaceId, updated.provider());
        return updated;
    }

    /** @throws ProblemException {@code not_found} */
    public void delete(Caller caller, String id) {
        var workspaceId = caller.workspaceId();
        var deleted = database.write(tx -> {
            var token = store.byId(tx, workspaceId, id).orElseThrow(() -> missing(id));
            store.delete(tx, workspaceId, id);
            audit(tx, caller, "token.deleted", token);
            return token;
        });
        forget(workspaceId, deleted.provider());
    }

    private void audit(Tx tx, Caller caller, String action, Token token) {
        var detail = Json.object()
                .put("provider", token.provider())
                .put("name", token.name())
                .put("weight", token.weight());
        audit.append(tx, caller, action, "token", token.id(), detail);
    }

    /** Of a deleted workspace. @return how many tokens were deleted, at most {@code most} */
    public int deleteBatch(String workspaceId, int most) {
        int count = database.write(tx -> store.deleteBatch(tx, workspaceId, most));
        stored.forgetIf((slot, tokens) -> slot.workspaceId().equals(workspaceId));
        defaults.forget(workspaceId);
        return count;
    }

    /** Newest first. */
    public List<Token> list(String workspaceId) {
        return database.read(tx -> store.all(tx, workspaceId));
    }

    private void forget(String workspaceId, String provider) {
        stored.forget(new Slot(workspaceId, provider));
        defaults.forget(workspaceId);
    }

    /** What opens the provider for this workspace; empty when nothing does. */
    public Optional<Credential> credential(String workspaceId, boolean defaultWorkspace, ProviderSpec provider) {
        var tokens = stored(workspaceId, provider);
        return credential(tokens, tokens.choose(Set.of(), random), Set.of(), defaultWorkspace, provider);
    }

    /** As {@link #credential}; empty too where none of its tokens can be decrypted, which the log says once. */
    public Optional<Credential> usableCredential(String workspaceId, boolean defaultWorkspace, ProviderSpec provider) {
        try {
            return credential(workspaceId, defaultWorkspace, provider);
        } catch (ProblemException locked) {
            if (locked.problem().code() != ProblemCode.NO_PROVIDER) {
                throw locked;
            }
            return Optional.empty();
        }
    }

    /** @param chosen one of the stored tokens; null when none of them is in use */
    private Optional<Credential> credential(
            Stored tokens,
            @Nullable Held chosen,
            Set<String> without,
            boolean defaultWorkspace,
            ProviderSpec provider) {
        if (chosen == null && defaultWorkspace && !tokens.hasActive()) {
            var value = ofEnvironment(provider);
            if (value != null) {
                return Optional.of(new Credential(Source.ENVIRONMENT, value, null));
            }
        }
        var token = chosen == null ? tokens.longestSetAside(without) : chosen;
        if (token != null) {
            return Optional.of(new Credential(Source.TOKEN, token.secret(), token.id()));
        }
        return !tokens.isEmpty() || provider.needsCredential() || !isThere(provider)
                ? Optional.empty()
                : Optional.of(new Credential(Source.NOT_NEEDED, null, null));
    }

    private @Nullable Secret ofEnvironment(ProviderSpec provider) {
        for (var variable : provider.credentialEnv()) {
            var value = environment.getOrDefault(variable, "").strip();
            if (TokenText.isToken(value)) {
                return new Secret(value);
            }
        }
        return null;
    }

    /** The first provider, in the directory's order, with a credential that is stored or in the environment. */
    public Optional<ProviderSpec> anyWithCredential(String workspaceId, boolean defaultWorkspace) {
        return directory.all().stream()
                .filter(provider -> credential(workspaceId, defaultWorkspace, provider)
                        .filter(found -> found.source() != Source.NOT_NEEDED)
                        .isPresent())
                .findFirst();
    }

    /** Whether this workspace ever had a credential: from then on the demo answers only when it is asked for by name. */
    public boolean hadCredential(String workspaceId) {
        return database.read(tx -> store.hadCredential(tx, workspaceId));
    }

    /** Remembers that the workspace has a credential, as those of the environment come and go without a word. */
    public void noteCredential(String workspaceId) {
        if (!hadCredential(workspaceId)) {
            database.write(tx -> {
                store.noteCredential(tx, workspaceId);
                return true;
            });
        }
    }

    /** Providers without credentials are there when the settings say where, or when they were found. */
    private boolean isThere(ProviderSpec provider) {
        return provider.equals(ProviderDirectory.DEMO)
                || directory.isAddressed(provider.name())
                || (provider.name().equals("ollama") && !localModels.ollama().isEmpty());
    }

    private Stored stored(String workspaceId, ProviderSpec provider) {
        return stored.get(new Slot(workspaceId, provider.name()), this::load);
    }

    private Stored load(Slot slot) {
        var sealed = database.read(tx -> store.sealed(tx, slot.workspaceId(), slot.provider()));
        if (sealed.isEmpty()) {
            return Stored.NONE;
        }
        var opened = new ArrayList<Held>();
        ProblemException unopened = null;
        for (var each : sealed) {
            try {
                opened.add(open(slot, each));
            } catch (Envelope.CannotOpen cannot) {
                unopened = cannotOpen(slot, each.id(), cannot);
                if (unreadable.add(each.id())) {
                    LOG.warn("{}", unopened.problem().detail());
                }
            }
        }
        if (unopened != null && opened.isEmpty()) {
            throw unopened;
        }
        return new Stored(opened);
    }

    private Held open(Slot slot, SqlTokenStore.Sealed token) throws Envelope.CannotOpen {
        var secret = envelope.open(token.sealed(), owner(slot.workspaceId(), slot.provider(), token.id()));
        return new Held(token.id(), secret, token.sealed(), token.weight(), token.setAsideAt());
    }

    private static ProblemException cannotOpen(Slot slot, String id, Envelope.CannotOpen cannot) {
        return Problem.of(
                        ProblemCode.NO_PROVIDER,
                        "The stored token " + id + " for " + slot.provider() + " cannot be decrypted: "
                                + cannot.getMessage() + ". Start the server with the master key it was stored"
                                + " under, or add the token again: aistrale tokens add --provider "
                                + slot.provider())
                .exception(cannot);
    }

    /** Where and with what the provider can be called; empty when it has no credential or no address. */
    public Optional<Endpoint> endpoint(String workspaceId, boolean defaultWorkspace, ProviderSpec provider) {
        return endpoint(provider, () -> credential(workspaceId, defaultWorkspace, provider));
    }

    /**
     * Where and with what the provider is to be called now. Who calls it says what came of it, if it was {@linkplain
     * #refused refused} or {@linkplain #accepted accepted}. What is not a stored token comes again whatever is left out.
     *
     * @param without the ids of tokens that are to be left out, as they were limited or refused a moment ago
     * @return empty when there is no credential (more), or no address
     */
    public Optional<Endpoint> endpoint(
            String workspaceId, boolean defaultWorkspace, ProviderSpec provider, Set<String> without) {
        return endpoint(provider, () -> {
            var tokens = stored(workspaceId, provider);
            return credential(tokens, chosen(tokens, without), without, defaultWorkspace, provider);
        });
    }

    /** As {@link #endpoint(String, boolean, ProviderSpec, Set)}, but for tokens that were set aside and have not rested. */
    public Optional<Endpoint> endpointInUse(
            String workspaceId, boolean defaultWorkspace, ProviderSpec provider, Set<String> without) {
        return endpoint(provider, () -> {
            var tokens = stored(workspaceId, provider);
            var chosen = chosen(tokens, without);
            return credential(tokens, chosen, tokens.ids(), defaultWorkspace, provider);
        });
    }

    private @Nullable Held chosen(Stored tokens, Set<String> without) {
        var due = tokens.hasSetAside() ? due(tokens, without) : null;
        return due == null ? tokens.choose(without, random) : due;
    }

    private @Nullable Held due(Stored tokens, Set<String> without) {
        var now = clock.instant();
        return tokens.due(without, now, held -> isMineToTry(held.id(), now));
    }

    /** One call at a time; another one when nothing was heard of it. */
    private boolean isMineToTry(String id, Instant now) {
        var last = tried.get(id);
        if (last == null) {
            return tried.putIfAbsent(id, now) == null;
        }
        boolean stillTried = !now.isBefore(last) && now.isBefore(last.plus(TRIAL));
        return !stillTried && tried.replace(id, last, now);
    }

    private Optional<Endpoint> endpoint(ProviderSpec provider, Supplier<Optional<Credential>> credential) {
        var baseUrl = directory.baseUrl(provider);
        return baseUrl == null
                ? Optional.empty()
                : credential.get().map(found -> new Endpoint(provider, baseUrl, found.secret(), found.tokenId()));
    }

    /**
     * The provider does not take the credential (401). A stored token is set aside, unless another secret is in its place by
     * now.
     *
     * @param reason what the provider said, without the secret
     */
    public void refused(String workspaceId, Endpoint endpoint, String reason) {
        var held = held(workspaceId, endpoint);
        var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        if (held == null) {
            return;
        }
        var before = held.setAsideAt();
        if (before == null) {
            LOG.warn("the token {} of {} is set aside: {}", held.id(), workspaceId, reason);
        } else if (Duration.between(before, now).abs().compareTo(SAID) < 0) {
            return;
        }
        note(
                workspaceId,
                endpoint,
                held.id(),
                tx -> store.setAside(tx, workspaceId, held.id(), held.sealed(), new SetAside(now, reason)));
    }

    /** The provider takes the credential. A token that was set aside is in use again. Costs next to nothing else. */
    public void accepted(String workspaceId, Endpoint endpoint) {
        var held = held(workspaceId, endpoint);
        if (held != null && held.isSetAside()) {
            LOG.info("the token {} of {} is in use again", held.id(), workspaceId);
            note(workspaceId, endpoint, held.id(), tx -> store.takeBack(tx, workspaceId, held.id(), held.sealed()));
        }
    }

    /** The token with which the endpoint was called; null when it is none of the stored ones as they are now. */
    private @Nullable Held held(String workspaceId, Endpoint endpoint) {
        var id = endpoint.tokenId();
        var secret = endpoint.credential();
        if (id == null || secret == null) {
            return null;
        }
        var held = stored(workspaceId, endpoint.spec()).byId(id);
        return held != null && held.secret().reveal().equals(secret.reveal()) ? held : null;
    }

    /** Waits, so that the next call knows of it; the call at hand goes on without it when the database is away. */
    private void note(String workspaceId, Endpoint endpoint, String id, Consumer<Tx> change) {
        try {
            database.write(tx -> {
                change.accept(tx);
                return true;
            });
        } catch (ProblemException unavailable) {
            LOG.warn("that could not be recorded, and is found out again: {}", unavailable.getMessage());
        }
        stored.forget(new Slot(workspaceId, endpoint.provider()));
        tried.remove(id);
    }

    /** The pinned {@code provider/model}; null when this workspace has nothing to choose one from. */
    @Override
    public @Nullable String defaultModel(String workspaceId, boolean defaultWorkspace) {
        var pinned = defaults.get(workspaceId, id -> readDefaultModel(id, defaultWorkspace));
        if (pinned.isEmpty()) { // a local model server may be found at any time
            defaults.forget(workspaceId);
        }
        return pinned.orElse(null);
    }

    private Optional<String> readDefaultModel(String workspaceId, boolean defaultWorkspace) {
        var pinned = database.read(tx -> store.defaultModel(tx, workspaceId));
        if (pinned == null) {
            pinned = pinFromTokens(workspaceId);
        }
        if (pinned == null && defaultWorkspace) {
            pinned = pinFromSurroundings(workspaceId);
        }
        return Optional.ofNullable(pinned);
    }

    @Override
    public @Nullable String pinned(Tx tx, String workspaceId) {
        return store.defaultModel(tx, workspaceId);
    }

    @Override
    public void setDefaultModel(Tx tx, String workspaceId, @Nullable String model) {
        store.setDefaultModel(tx, workspaceId, model);
    }

    @Override
    public void defaultModelChanged(String workspaceId) {
        defaults.forget(workspaceId);
    }

    /** The provider of the first token that has a model to recommend: what an unpinned workspace falls back to. */
    private @Nullable String pinFromTokens(String workspaceId) {
        for (var name : database.read(tx -> store.providers(tx, workspaceId))) {
            var model = directory.find(name).map(ProviderSpec::defaultModel).orElse(null);
            if (model != null) {
                return pinNow(workspaceId, name, model);
            }
        }
        return null;
    }

    /** The first provider with a credential in the environment, in the directory's order, else a local Ollama. */
    private @Nullable String pinFromSurroundings(String workspaceId) {
        for (var provider : directory.all()) {
            if (provider.defaultModel() != null
                    && credential(workspaceId, true, provider)
                            .filter(found -> found.source() == Source.ENVIRONMENT)
                            .isPresent()) {
                return pinNow(workspaceId, provider.name(), provider.defaultModel());
            }
        }
        var local = localModels.ollama();
        return local.isEmpty() ? null : pinNow(workspaceId, "ollama", local.getFirst());
    }

    private @Nullable String pinNow(String workspaceId, String provider, String model) {
        return database.write(tx -> {
            pin(tx, workspaceId, provider, model);
            return store.defaultModel(tx, workspaceId);
        });
    }

    private void pin(Tx tx, String workspaceId, String provider, @Nullable String model) {
        if (model != null) {
            store.noteCredential(tx, workspaceId);
            store.pinDefaultModel(tx, workspaceId, provider + "/" + model);
        }
    }

    private static String owner(String workspaceId, String provider, String id) {
        return workspaceId + "\n" + provider + "\n" + id;
    }

    private static String lastFour(Secret secret) {
        var value = secret.reveal();
        return value.length() < 12 ? "" : value.substring(value.length() - 4);
    }

    private static ProblemException missing(String id) {
        return Problem.of(ProblemCode.NOT_FOUND, "There is no token " + id + " in this workspace.")
                .exception();
    }
}
