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
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Provider tokens, and with them who can be asked: a stored token comes before the environment's, which serves the
 * default workspace only. Thread-safe.
 */
public final class Tokens implements DefaultModels {
    private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);

    /** Where a credential comes from. */
    public enum Source {
        TOKEN,
        ENVIRONMENT,
        NOT_NEEDED
    }

    /** @param secret null when none is needed */
    public record Credential(Source source, @Nullable Secret secret) {}

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
    private final Remembered<Slot, Optional<Secret>> stored;
    private final Remembered<String, Optional<String>> defaults;

    public Tokens(
            Database database,
            Audit audit,
            Envelope envelope,
            ProviderDirectory directory,
            LocalModels localModels,
            Map<String, String> environment,
            Ids ids,
            InstantSource clock) {
        this.database = database;
        this.audit = audit;
        this.envelope = envelope;
        this.directory = directory;
        this.localModels = localModels;
        this.environment = environment;
        this.ids = ids;
        this.clock = clock;
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
    public Token add(Caller caller, ProviderSpec provider, Secret secret, @Nullable String name) {
        var workspaceId = caller.workspaceId();
        var token = new Token(
                ids.next("tok_"),
                workspaceId,
                provider.name(),
                name,
                lastFour(secret),
                clock.instant().truncatedTo(ChronoUnit.MILLIS));
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

    /** Puts another secret in a token's place. @throws ProblemException {@code not_found} */
    public Token replace(Caller caller, String id, Secret secret) {
        var workspaceId = caller.workspaceId();
        var replaced = database.write(tx -> {
            var old = store.byId(tx, workspaceId, id).orElseThrow(() -> missing(id));
            var token = new Token(id, workspaceId, old.provider(), old.name(), lastFour(secret), old.createdAt());
            store.replace(tx, token, envelope.seal(secret, owner(workspaceId, old.provider(), id)));
            audit(tx, caller, "token.replaced", token);
            return token;
        });
        forget(workspaceId, replaced.provider());
        return replaced;
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
        var detail = Json.object().put("provider", token.provider()).put("name", token.name());
        audit.append(tx, caller, action, "token", token.id(), detail);
    }

    /** Of a deleted workspace. @return how many tokens were deleted, at most {@code most} */
    public int deleteBatch(String workspaceId, int most) {
        int count = database.write(tx -> store.deleteBatch(tx, workspaceId, most));
        stored.forgetIf((slot, secret) -> slot.workspaceId().equals(workspaceId));
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
        var own = stored.get(new Slot(workspaceId, provider.name()), this::load);
        if (own.isPresent()) {
            return Optional.of(new Credential(Source.TOKEN, own.get()));
        }
        if (defaultWorkspace) {
            for (var variable : provider.credentialEnv()) {
                var value = environment.getOrDefault(variable, "").strip();
                if (TokenText.isToken(value)) {
                    return Optional.of(new Credential(Source.ENVIRONMENT, new Secret(value)));
                }
            }
        }
        return provider.needsCredential() || !isThere(provider)
                ? Optional.empty()
                : Optional.of(new Credential(Source.NOT_NEEDED, null));
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

    private Optional<Secret> load(Slot slot) {
        var sealed = database.read(tx -> store.newest(tx, slot.workspaceId(), slot.provider()));
        if (sealed.isEmpty()) {
            return Optional.empty();
        }
        var id = sealed.get().id();
        try {
            return Optional.of(envelope.open(sealed.get().sealed(), owner(slot.workspaceId(), slot.provider(), id)));
        } catch (Envelope.CannotOpen cannot) {
            throw Problem.of(
                            ProblemCode.NO_PROVIDER,
                            "The stored token " + id + " for " + slot.provider() + " cannot be decrypted: "
                                    + cannot.getMessage() + ". Start the server with the master key it was stored"
                                    + " under, or add the token again: aistrale tokens add --provider "
                                    + slot.provider())
                    .exception(cannot);
        }
    }

    /** Where and with what the provider is called; empty when it has no credential or no address. */
    public Optional<Endpoint> endpoint(String workspaceId, boolean defaultWorkspace, ProviderSpec provider) {
        var baseUrl = directory.baseUrl(provider);
        if (baseUrl == null) {
            return Optional.empty();
        }
        return credential(workspaceId, defaultWorkspace, provider)
                .map(credential -> new Endpoint(provider, baseUrl, credential.secret()));
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
