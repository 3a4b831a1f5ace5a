package com.aistrale.server.app;

import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.sql.DatabaseUrl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the operator decided; {@code aistrale-server.toml} in the server's resources explains every key, with its default,
 * its environment variable and its unit.
 *
 * @param port 0 lets the system choose
 * @param databaseUrl a PostgreSQL; empty: SQLite in the data directory
 * @param masterKeys that open provider tokens, the current one first; empty: a key file of the data directory's own
 * @param adminKey a first API key given from outside, or null
 * @param providerBaseUrls by provider name, without a slash at the end
 * @param timeout of an inference, all its attempts and waits, when the caller sets none
 * @param grace how long a stopping server waits for what runs
 * @param webhookTargets hosts and ranges of addresses that webhooks may go to although they are not public
 * @param webhookHttp whether webhooks may go out unencrypted
 */
public record Settings(
        String host,
        int port,
        Path dataDir,
        Optional<DatabaseUrl> databaseUrl,
        List<Secret> masterKeys,
        @Nullable Secret adminKey,
        long maxBodyBytes,
        List<String> allowedHosts,
        List<String> corsOrigins,
        Duration timeout,
        Duration grace,
        Optional<Path> priceFile,
        boolean ollamaDiscovery,
        List<String> webhookTargets,
        boolean webhookHttp,
        Map<String, String> providerBaseUrls) {
    public Settings {
        masterKeys = List.copyOf(masterKeys);
        allowedHosts = List.copyOf(allowedHosts);
        corsOrigins = List.copyOf(corsOrigins);
        webhookTargets = List.copyOf(webhookTargets);
        providerBaseUrls = Map.copyOf(providerBaseUrls);
    }

    /** Whether only this machine reaches the server. */
    public boolean isLocal() {
        return host.equals("localhost") || host.startsWith("127.") || host.equals("::1") || host.equals("[::1]");
    }
}
