package com.aistrale.server.app;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys of {@code aistrale-server.toml}; where each may also be set. */
enum SettingKey {
    HOST("host", "AISTRALE_HOST", "--host"),
    PORT("port", "AISTRALE_PORT", "--port"),
    DATA_DIR("data_dir", "AISTRALE_DATA_DIR", "--data-dir"),
    DATABASE_URL("database_url", "AISTRALE_DATABASE_URL", "--database-url"),
    MASTER_KEY("master_key", "AISTRALE_MASTER_KEY", null),
    PREVIOUS_MASTER_KEYS("previous_master_keys", "AISTRALE_PREVIOUS_MASTER_KEYS", null),
    ADMIN_KEY("admin_key", "AISTRALE_ADMIN_KEY", null),
    MAX_BODY_BYTES("http.max_body_bytes", "AISTRALE_HTTP_MAX_BODY_BYTES", null),
    ALLOWED_HOSTS("http.allowed_hosts", "AISTRALE_HTTP_ALLOWED_HOSTS", null),
    CORS_ORIGINS("http.cors_origins", "AISTRALE_HTTP_CORS_ORIGINS", null),
    TIMEOUT("inference.timeout_ms", "AISTRALE_INFERENCE_TIMEOUT_MS", null),
    GRACE("shutdown.grace_ms", "AISTRALE_SHUTDOWN_GRACE_MS", null),
    PRICE_FILE("pricing.file", "AISTRALE_PRICING_FILE", null),
    OLLAMA_DISCOVERY("ollama.discovery", "AISTRALE_OLLAMA_DISCOVERY", null),
    WEBHOOK_TARGETS("webhooks.allowed_targets", "AISTRALE_WEBHOOKS_ALLOWED_TARGETS", null),
    WEBHOOK_HTTP("webhooks.allow_http", "AISTRALE_WEBHOOKS_ALLOW_HTTP", null);

    private final String key;
    private final String variable;
    private final @Nullable String flag;

    SettingKey(String key, String variable, @Nullable String flag) {
        this.key = key;
        this.variable = variable;
        this.flag = flag;
    }

    /** As the file has it, tables with a dot. */
    String key() {
        return key;
    }

    String variable() {
        return variable;
    }

    @Nullable
    String flag() {
        return flag;
    }

    static Optional<SettingKey> ofFlag(String flag) {
        return Arrays.stream(values()).filter(key -> flag.equals(key.flag)).findFirst();
    }

    static List<String> keys() {
        return Arrays.stream(values()).map(SettingKey::key).toList();
    }

    static List<String> variables() {
        return Arrays.stream(values()).map(SettingKey::variable).toList();
    }

    static List<String> flags() {
        return Arrays.stream(values())
                .filter(key -> key.flag != null)
                .map(key -> String.valueOf(key.flag))
                .toList();
    }
}
