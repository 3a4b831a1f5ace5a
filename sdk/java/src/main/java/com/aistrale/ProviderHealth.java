package com.aistrale;

import com.aistrale.internal.Fields;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a provider has been answering the workspace, as the node of the server sees it that answers.
 *
 * @param status {@code ok}, {@code degraded} where some calls fail, {@code down} where none is let through, {@code unknown} where there were
 *     none, or another
 * @param failureRate which part of the calls failed, 0 to 1; null without any
 * @param windowMs how many milliseconds until now are looked at
 * @param calls how many calls there were in this time
 * @param lastFailure the last one that failed, null for none
 * @param circuits the models that are not asked for the time being, mostly empty
 */
public record ProviderHealth(
        String status,
        @Nullable BigDecimal failureRate,
        long windowMs,
        long calls,
        @Nullable Failed lastFailure,
        List<Circuit> circuits) {

    /**
     * A call that failed.
     *
     * @param at when
     * @param code the stable name of why, as in {@link Problem#code}
     * @param message in words
     * @param upstreamStatus the provider's HTTP status, null where it did not answer
     */
    public record Failed(
            Instant at,
            String code,
            String message,
            @Nullable Long upstreamStatus) {
        static Failed read(Fields fields) {
            return new Failed(
                    fields.time("at"),
                    fields.text("code"),
                    fields.text("message"),
                    fields.optionalInteger("upstream_status"));
        }
    }

    /**
     * A model that is not asked for the time being.
     *
     * @param model the provider's name of it
     * @param state {@code open}, {@code half_open} while one call tries whether it answers again, or another
     * @param openedAt since when
     * @param retryAt when it is tried next
     * @param reason what was seen, in words
     */
    public record Circuit(String model, String state, Instant openedAt, Instant retryAt, String reason) {
        static Circuit read(Fields fields) {
            return new Circuit(
                    fields.text("model"),
                    fields.text("state"),
                    fields.time("opened_at"),
                    fields.time("retry_at"),
                    fields.text("reason"));
        }
    }

    static ProviderHealth read(Fields fields) {
        return new ProviderHealth(
                fields.text("status"),
                fields.optionalDecimal("failure_rate"),
                fields.integer("window_ms"),
                fields.integer("calls"),
                fields.optional("last_failure", Failed::read),
                fields.list("circuits", Circuit::read));
    }
}
