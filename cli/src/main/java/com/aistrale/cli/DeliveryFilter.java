package com.aistrale.cli;

import com.aistrale.WebhookDeliveryQuery;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which deliveries of a webhook. */
final class DeliveryFilter {
    private static final int LARGEST_PAGE = 200;

    @Option(
            names = "--status",
            paramLabel = "STATUS",
            completionCandidates = OneOf.DeliveryStatus.class,
            description = "pending, delivered or failed.")
    private @Nullable String status;

    @Option(names = "--event", paramLabel = "TYPE", description = "Of events of this type only.")
    private @Nullable String type;

    @Option(names = "--last", paramLabel = "SPAN", description = "Such as 90s, 15m, 24h, 7d.")
    private @Nullable String last;

    @Option(names = "--since", paramLabel = "TIME", description = "Such as 2026-11-01 or 2026-11-01T12:00:00Z.")
    private @Nullable String since;

    @Option(names = "--until", paramLabel = "TIME", description = "The first moment that is too late.")
    private @Nullable String until;

    boolean narrows() {
        return status != null || type != null || last != null || since != null || until != null;
    }

    /** @param limit how many will be looked at; one more says whether there are more */
    WebhookDeliveryQuery query(int limit) {
        var query = WebhookDeliveryQuery.builder();
        if (status != null) {
            query.status(status);
        }
        if (type != null) {
            query.eventType(type);
        }
        if (last != null) {
            query.last(last);
        }
        if (since != null) {
            query.since(Times.parse("--since", since));
        }
        if (until != null) {
            query.until(Times.parse("--until", until));
        }
        if (limit >= 1) {
            query.pageSize(limit < LARGEST_PAGE ? limit + 1 : LARGEST_PAGE);
        }
        return query.build();
    }
}
