package com.aistrale.server.wire.models;

import com.aistrale.server.pricing.ListedModel;
import com.aistrale.server.routing.Alias;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A model that can be asked, or an alias.
 *
 * @param id {@code provider/model}, or the alias's name
 * @param owner the provider, or {@code aistrale}
 * @param name the provider's own id, or the alias's name
 * @param created when the alias was made; null of a model
 * @param listed what the catalogue knows of the model, or null
 */
record Served(
        String id,
        String owner,
        String name,
        @Nullable Instant created,
        @Nullable ListedModel listed) {
    static Served of(Alias alias) {
        return new Served(alias.name(), "aistrale", alias.name(), alias.createdAt(), null);
    }

    static Served of(String provider, String model, @Nullable ListedModel listed) {
        return new Served(provider + "/" + model, provider, model, null, listed);
    }

    /** Whether it is meant by the id, or by the model's own without the provider's name. */
    boolean isCalled(String wanted) {
        return id.equals(wanted) || name.equals(wanted);
    }
}
