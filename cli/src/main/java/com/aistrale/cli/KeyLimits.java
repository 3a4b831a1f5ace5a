package com.aistrale.cli;

import com.aistrale.ApiKeySettings;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What an API key may take, as it is made and as it is changed. */
final class KeyLimits {
    @Option(names = "--requests-per-minute", paramLabel = "N", description = "It may begin so many runs in a minute.")
    private @Nullable Long requests;

    @Option(
            names = "--tokens-per-minute",
            paramLabel = "N",
            description = "Its runs may take so many input and output tokens in a minute.")
    private @Nullable Long tokens;

    @Option(
            names = "--expires",
            paramLabel = "WHEN",
            description = "After a time such as 12h or 90d, or at one such as 2027-01-01.")
    private @Nullable String expires;

    boolean areGiven() {
        return requests() || tokens() || expires();
    }

    boolean requests() {
        return requests != null;
    }

    boolean tokens() {
        return tokens != null;
    }

    boolean expires() {
        return expires != null;
    }

    ApiKeySettings into(ApiKeySettings settings) {
        var limited = requests == null ? settings : settings.requestsPerMinute(requests);
        limited = tokens == null ? limited : limited.tokensPerMinute(tokens);
        return expires == null ? limited : limited.expiresAt(Times.parseFuture("--expires", expires, Instant.now()));
    }
}
