package com.aistrale.cli;

import com.aistrale.TelemetryQuery;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which records: what view, summary, tail and export have in common. */
final class TelemetryFilter {
    @Mixin
    private TimeSpan time = new TimeSpan();

    @Option(
            names = {"-p", "--provider"},
            paramLabel = "NAME",
            description = "Of this provider only.")
    private @Nullable String provider;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "Of this model only.")
    private @Nullable String model;

    @Option(
            names = "--status",
            paramLabel = "STATUS",
            completionCandidates = OneOf.InferenceStatus.class,
            description = "running, completed, failed, cancelled or interrupted.")
    private @Nullable String status;

    @Option(names = "--session", paramLabel = "ID", description = "Of this conversation only.")
    private @Nullable String session;

    @Option(names = "--prompt", paramLabel = "NAME[@VERSION]", description = "That ran this stored prompt.")
    private @Nullable String prompt;

    @Option(names = "--api-key-id", paramLabel = "ID", description = "Of this API key only, key_…")
    private @Nullable String apiKeyId;

    @Option(names = "--client", paramLabel = "NAME", description = "Of this program only, such as python/0.1.0.")
    private @Nullable String client;

    @Option(
            names = "--metadata",
            paramLabel = "KEY=VALUE",
            description = "With this label. May be given several times.")
    private Map<String, String> metadata = Map.of();

    @Option(
            names = {"-q", "--search"},
            paramLabel = "TEXT",
            description =
                    "With this text in the model, the prompt's name, the error, or in what was asked and answered where that is kept.")
    private @Nullable String search;

    /** @param usual the time that is taken where none was named, null for all of it */
    TelemetryQuery.Builder query(@Nullable String usual) {
        var query = TelemetryQuery.builder();
        time.into(query::last, query::since, query::until, usual);
        if (provider != null) {
            query.provider(provider);
        }
        if (model != null) {
            query.model(model);
        }
        if (status != null) {
            query.status(status);
        }
        if (session != null) {
            query.sessionId(session);
        }
        if (prompt != null) {
            query.prompt(prompt);
        }
        if (apiKeyId != null) {
            query.apiKeyId(apiKeyId);
        }
        if (client != null) {
            query.client(client);
        }
        metadata.forEach(query::metadata);
        if (search != null) {
            query.search(search);
        }
        return query;
    }

    boolean namesATime() {
        return time.isGiven();
    }
}
