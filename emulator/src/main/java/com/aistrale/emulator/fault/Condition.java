package com.aistrale.emulator.fault;

import com.aistrale.emulator.journal.Fingerprint;
import org.jspecify.annotations.Nullable;

/**
 * Which requests a behaviour is for. What is null says nothing; all that is said has to hold.
 *
 * @param path if not null, a request whose path contains this, be it a GET; if null, any POST
 * @param model the whole name that the client sent
 * @param key the fingerprint of a credential that the request carries
 * @param containing what stands somewhere in the body as it was sent
 */
public record Condition(
        @Nullable String path,
        @Nullable String model,
        @Nullable String key,
        @Nullable String containing) {
    /** Holds for every POST. */
    public static final Condition ANY_POST = new Condition(null, null, null, null);

    /** The same, for requests whose path contains this. */
    public Condition onPath(String part) {
        return new Condition(part, model, key, containing);
    }

    /** The same, for requests for this model. */
    public Condition forModel(String name) {
        return new Condition(path, name, key, containing);
    }

    /** The same, for requests with this credential, of which only the fingerprint is kept. */
    public Condition withKey(String credential) {
        return new Condition(path, model, Fingerprint.of(credential), containing);
    }

    /** The same, for requests that have this in their body. */
    public Condition having(String part) {
        return new Condition(path, model, key, part);
    }

    boolean holds(Asked asked) {
        return (path == null ? asked.method().equals("POST") : asked.path().contains(path))
                && (model == null || model.equals(asked.model()))
                && (key == null || asked.keys().contains(key))
                && (containing == null || asked.body().contains(containing));
    }
}
