package com.aistrale.cli;

import com.aistrale.WebhookDeliveryQuery;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
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

    @Mixin
    private TimeSpan time = new TimeSpan();

    boolean narrows() {
        return status != null || type != null || time.isGiven();
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
        time.into(query::last, query::since, query::until, null);
        if (limit >= 1) {
            query.pageSize(limit < LARGEST_PAGE ? limit + 1 : LARGEST_PAGE);
        }
        return query.build();
    }
}
