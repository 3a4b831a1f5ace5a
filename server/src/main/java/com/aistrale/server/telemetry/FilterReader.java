package com.aistrale.server.telemetry;

import com.aistrale.server.kit.http.Query;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a {@link TelemetryFilter} out of a query. Thread-safe. */
public final class FilterReader {
    /** What every reader of records knows, beside {@code metadata.KEY}. */
    public static final List<String> PARAMETERS =
            List.of("provider", "model", "status", "session_id", "prompt", "api_key_id", "client", "q");

    private static final String METADATA = "metadata.";
    private static final int LONGEST_TEXT = 200;
    private static final Pattern PROMPT = Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]{0,99})(?:@([1-9][0-9]{0,8}))?");
    private static final String STATUSES =
            Arrays.stream(Status.values()).map(Status::wireName).collect(Collectors.joining(", "));

    private final InstantSource clock;

    public FilterReader(InstantSource clock) {
        this.clock = clock;
    }

    /** Every parameter of a reader of the past. @param more what that reader knows besides */
    public static List<String> with(String... more) {
        return Stream.of(PARAMETERS, Query.WINDOW, List.of(more))
                .flatMap(List::stream)
                .toList();
    }

    /** Whether this names a value of the metadata. */
    public static boolean isMetadata(String name) {
        return name.startsWith(METADATA);
    }

    /** The filter with its window; a search of text without one is a mistake, as it would read everything there is. */
    public TelemetryFilter past(Query query) {
        var window = query.window(clock);
        if (query.text("q") != null && query.text("last") == null && query.text("since") == null) {
            query.mistake("q", "is searched for within a window: add `last=24h`, or `since`");
        }
        return live(query).within(window.since(), window.until());
    }

    /** The filter without a window, for what is yet to come. */
    public TelemetryFilter live(Query query) {
        return new TelemetryFilter(
                null,
                null,
                query.text("provider"),
                query.text("model"),
                status(query),
                query.text("session_id"),
                prompt(query),
                query.text("api_key_id"),
                query.text("client"),
                metadata(query),
                text(query));
    }

    private static @Nullable Status status(Query query) {
        var text = query.text("status");
        if (text == null) {
            return null;
        }
        for (var status : Status.values()) {
            if (status.wireName().equals(text)) {
                return status;
            }
        }
        query.mistake("status", "`" + text + "` is none of " + STATUSES);
        return null;
    }

    private static TelemetryFilter.@Nullable Prompt prompt(Query query) {
        var text = query.text("prompt");
        if (text == null) {
            return null;
        }
        var matcher = PROMPT.matcher(text);
        if (!matcher.matches()) {
            query.mistake("prompt", "`" + text + "` is no prompt: write its name, or name@version");
            return null;
        }
        var version = matcher.group(2);
        return new TelemetryFilter.Prompt(matcher.group(1), version == null ? null : Integer.valueOf(version));
    }

    private static Map<String, String> metadata(Query query) {
        var metadata = new HashMap<String, String>();
        for (var name : query.names()) {
            if (!isMetadata(name)) {
                continue;
            }
            var key = name.substring(METADATA.length());
            var value = query.text(name);
            if (key.isEmpty()) {
                query.mistake(name, "names no key: write metadata.KEY=VALUE");
            } else if (value == null) {
                query.mistake(name, "has no value: write metadata." + key + "=VALUE");
            } else {
                metadata.put(key, value);
            }
        }
        return metadata;
    }

    private static @Nullable String text(Query query) {
        var text = query.text("q");
        if (text != null && text.length() > LONGEST_TEXT) {
            query.mistake("q", "is longer than " + LONGEST_TEXT + " characters");
            return null;
        }
        return text;
    }
}
