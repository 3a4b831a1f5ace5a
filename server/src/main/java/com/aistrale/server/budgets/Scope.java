package com.aistrale.server.budgets;

import java.util.Map;

/** Whose inferences a budget counts. */
public sealed interface Scope {
    /** What of an inference a scope looks at. @param provider who is asked, or was asked last; {@code model} is its own id */
    record Of(String apiKeyId, Map<String, String> metadata, String provider, String model) {}

    /** All of the workspace. */
    record Workspace() implements Scope {
        @Override
        public boolean covers(Of inference) {
            return true;
        }
    }

    /** Those of a key. */
    record ApiKey(String apiKeyId) implements Scope {
        @Override
        public boolean covers(Of inference) {
            return apiKeyId.equals(inference.apiKeyId());
        }
    }

    /** Those that a provider runs. */
    record Provider(String provider) implements Scope {
        @Override
        public boolean covers(Of inference) {
            return provider.equals(inference.provider());
        }
    }

    /** Those of a model, by the provider's own id of it. */
    record Model(String provider, String model) implements Scope {
        @Override
        public boolean covers(Of inference) {
            return provider.equals(inference.provider()) && model.equals(inference.model());
        }
    }

    /** Those with an entry in their metadata. */
    record Metadata(String key, String value) implements Scope {
        @Override
        public boolean covers(Of inference) {
            return value.equals(inference.metadata().get(key));
        }
    }

    boolean covers(Of inference);
}
