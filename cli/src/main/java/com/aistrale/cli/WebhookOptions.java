package com.aistrale.cli;

import com.aistrale.WebhookSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a webhook is to be like: what create and update have in common. */
final class WebhookOptions {
    @Option(names = "--name", paramLabel = "NAME", description = "A name of your own for it.")
    private @Nullable String name;

    @Option(
            names = "--header",
            paramLabel = "'NAME: VALUE'",
            description =
                    "Send this header too; its value is never shown again. May be given several times (others see it in the process list).")
    private @Nullable List<String> headers;

    @Option(
            names = "--filter",
            paramLabel = "KEY=VALUE",
            description = "Only events with this label in their metadata. May be given several times; all must match.")
    private Map<String, String> filter = Map.of();

    @Option(
            names = "--include-content",
            negatable = true,
            description =
                    "Send what was asked and answered with the events of inferences, where the workspace keeps it.")
    private @Nullable Boolean content;

    boolean isEmpty() {
        return name == null && headers == null && filter.isEmpty() && content == null;
    }

    boolean hasName() {
        return name != null;
    }

    boolean hasHeaders() {
        return headers != null;
    }

    boolean hasFilter() {
        return !filter.isEmpty();
    }

    WebhookSettings added(WebhookSettings settings) {
        var with = name == null ? settings : settings.name(name);
        with = headers == null ? with : with.headers(read(headers));
        with = filter.isEmpty() ? with : with.filter(filter);
        return content == null ? with : with.includeContent(content);
    }

    private static Map<String, String> read(List<String> headers) {
        var read = new LinkedHashMap<String, String>();
        for (var header : headers) {
            var colon = header.indexOf(':');
            if (colon < 1) {
                throw new CliException(
                        "--header has no name with a colon behind it.",
                        "Write it like 'Authorization: Bearer …'.",
                        Exit.USAGE);
            }
            var name = header.substring(0, colon).strip();
            if (read.put(name, header.substring(colon + 1).strip()) != null) {
                throw new CliException("--header " + Io.line(name) + " is there twice.", "Give it once.", Exit.USAGE);
            }
        }
        return read;
    }
}
