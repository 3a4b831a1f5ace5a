package com.aistrale;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an answer says of the API key's own limits.
 *
 * @param requests of the inferences that it may begin in a minute, null where it has no such limit
 * @param tokens of the tokens that its inferences may read and write in a minute, null where it has no such limit
 */
public record RateLimits(@Nullable Limit requests, @Nullable Limit tokens) {
    private static final Pattern RESET =
            Pattern.compile("(?:(\\d{1,9})m)?(?:(\\d{1,9}(?:\\.\\d{1,9})?)s)?|(\\d{1,9})ms");
    private static final double MILLIS_OF_A_SECOND = 1000;

    /**
     * One of the limits.
     *
     * @param limit the most in a minute
     * @param remaining what is left now, null where the answer does not say
     * @param resetAfter how long from now until all of it is there again, null where the answer does not say
     */
    public record Limit(
            long limit, @Nullable Long remaining, @Nullable Duration resetAfter) {}

    /** Null where the headers name no limit. */
    static @Nullable RateLimits of(Map<String, String> headers) {
        var requests = limit(headers, "requests");
        var tokens = limit(headers, "tokens");
        return requests == null && tokens == null ? null : new RateLimits(requests, tokens);
    }

    private static @Nullable Limit limit(Map<String, String> headers, String of) {
        var limit = number(headers.get("x-ratelimit-limit-" + of));
        return limit == null
                ? null
                : new Limit(
                        limit,
                        number(headers.get("x-ratelimit-remaining-" + of)),
                        duration(headers.get("x-ratelimit-reset-" + of)));
    }

    private static @Nullable Long number(@Nullable String text) {
        return text == null || !text.matches("\\d{1,18}") ? null : Long.valueOf(text);
    }

    /** Of {@code 1m0s}, {@code 1.2s} or {@code 850ms}. */
    private static @Nullable Duration duration(@Nullable String text) {
        var found = RESET.matcher(text == null ? "" : text);
        if (!found.matches() || found.end() == 0) {
            return null;
        }
        if (found.group(3) != null) {
            return Duration.ofMillis(Long.parseLong(found.group(3)));
        }
        var minutes = found.group(1) == null ? 0 : Long.parseLong(found.group(1));
        var seconds = found.group(2) == null ? 0 : Double.parseDouble(found.group(2));
        return Duration.ofMinutes(minutes).plusMillis(Math.round(seconds * MILLIS_OF_A_SECOND));
    }
}
