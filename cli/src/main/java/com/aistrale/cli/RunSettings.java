package com.aistrale.cli;

import com.aistrale.RunOptions;
import com.aistrale.cli.batch.RunFields;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a model is asked, as every command takes it that asks one. */
final class RunSettings {
    @Mixin
    private ModelSettings model = new ModelSettings();

    @Option(
            names = "--fallback",
            split = ",",
            paramLabel = "MODEL",
            description =
                    "Ask this one when the model cannot answer. May be given several times; they are asked in this order.")
    private @Nullable List<String> fallbacks;

    @Option(names = "--session", paramLabel = "ID", description = "Group inferences in telemetry under this name.")
    private @Nullable String sessionId;

    @Option(
            names = "--metadata",
            paramLabel = "KEY=VALUE",
            description = "A label for telemetry and budgets. May be given several times.")
    private Map<String, String> metadata = Map.of();

    /** What was given, by the names that a run's fields have on the wire. */
    Map<String, @Nullable Object> fields() {
        var fields = model.fields();
        put(fields, "session_id", sessionId);
        put(fields, "fallbacks", fallbacks);
        put(fields, "metadata", metadata.isEmpty() ? null : metadata);
        return fields;
    }

    void into(RunOptions.Builder options) {
        fields().forEach((name, value) -> RunFields.put(options, name, value));
    }

    private static void put(Map<String, @Nullable Object> fields, String name, @Nullable Object value) {
        if (value != null) {
            fields.put(name, value);
        }
    }
}
