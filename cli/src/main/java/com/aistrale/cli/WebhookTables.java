package com.aistrale.cli;

import com.aistrale.EventType;
import com.aistrale.Webhook;
import com.aistrale.WebhookAttempt;
import com.aistrale.WebhookDelivery;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Webhooks and their deliveries as people read them. */
record WebhookTables(Io io) {
    private static final int LONGEST_ANSWER = 2000;

    void list(List<Webhook> webhooks) {
        var table = new Table(List.of("ID", "NAME", "URL", "EVENTS", "FILTER", "STATE"));
        webhooks.forEach(webhook -> table.row(
                webhook.id(),
                webhook.name() == null ? "-" : webhook.name(),
                webhook.url(),
                String.join(", ", webhook.events()),
                filter(webhook),
                state(webhook)));
        table.print(io);
    }

    void one(Webhook webhook) {
        line("id", webhook.id());
        if (webhook.name() != null) {
            line("name", webhook.name());
        }
        line("url", webhook.url());
        line("events", webhook.events().equals(List.of("*")) ? "all" : String.join(", ", webhook.events()));
        if (webhook.filter() != null) {
            line("filter", filter(webhook));
        }
        if (webhook.includeContent()) {
            line("content", "what was asked and answered is sent too");
        }
        if (!webhook.headers().isEmpty()) {
            line("headers", webhook.headers().stream().map(Webhook.Header::name).collect(Collectors.joining(", ")));
        }
        line("state", state(webhook));
        if (webhook.failingSince() != null && webhook.enabled()) {
            line("failing", "since " + Times.local(webhook.failingSince()));
        }
        if (webhook.previousSecretExpiresAt() != null) {
            line("old secret", "signs too until " + Times.local(webhook.previousSecretExpiresAt()));
        }
        line("created", Times.local(webhook.createdAt()));
    }

    void deliveries(List<WebhookDelivery> deliveries) {
        var table = new Table(List.of("TIME", "ID", "EVENT", "STATUS", "ATTEMPTS", "WHAT BECAME OF IT", "NEXT"), 4);
        deliveries.forEach(delivery -> table.row(
                Times.local(delivery.createdAt()),
                delivery.id(),
                delivery.eventType(),
                delivery.status(),
                Long.toString(delivery.attemptCount()),
                orDash(DeliveryWords.of(delivery.error(), delivery.responseCode())),
                time(delivery.nextAttemptAt())));
        table.print(io);
    }

    /** What it is, each attempt, and what was sent. */
    void delivery(WebhookDelivery delivery) {
        line("id", delivery.id());
        line("webhook", delivery.webhookId());
        line("event", delivery.eventId() + " (" + delivery.eventType() + ")");
        line("status", status(delivery));
        line("created", Times.local(delivery.createdAt()));
        if (delivery.deliveredAt() != null) {
            line("delivered", Times.local(delivery.deliveredAt()));
        }
        if (delivery.nextAttemptAt() != null) {
            line("next try", Times.local(delivery.nextAttemptAt()));
        }
        delivery.attempts().forEach(this::attempt);
        io.out().println();
        io.out()
                .println(
                        delivery.payload() == null
                                ? "The event was deleted, and its body with it."
                                : Json.write(delivery.payload().json()));
    }

    private static String status(WebhookDelivery delivery) {
        var words = DeliveryWords.of(delivery.error(), delivery.responseCode());
        return delivery.status() + (words.isEmpty() ? "" : ": " + words);
    }

    /** A line, and below it what was answered, as it came. */
    private void attempt(WebhookAttempt attempt) {
        line(
                "attempt " + attempt.number(),
                Times.local(attempt.startedAt()) + ", " + TelemetryTable.latency(attempt.latencyMs()) + ", "
                        + orDash(DeliveryWords.of(attempt.error(), attempt.responseCode())));
        var body = attempt.responseBody();
        if (body != null && !body.isBlank()) {
            var shown = body.length() > LONGEST_ANSWER ? body.substring(0, LONGEST_ANSWER) + "…" : body;
            Io.safe(shown).strip().lines().forEach(said -> io.out().println(("  | " + said).stripTrailing()));
        }
    }

    /** What the receiver said to a sample; thrown where it did not take it. */
    void tested(WebhookDelivery delivery) {
        var attempt = delivery.attempts().isEmpty() ? null : delivery.attempts().getLast();
        var sent = delivery.id() + " (" + delivery.eventType() + "): "
                + DeliveryWords.of(delivery.error(), delivery.responseCode())
                + (attempt == null ? "" : ", " + TelemetryTable.latency(attempt.latencyMs()));
        if (delivery.status().equals("delivered")) {
            io.out().println(Io.line("Delivered " + sent));
            return;
        }
        var body = attempt == null || attempt.responseBody() == null ? "" : attempt.responseBody();
        throw new CliException(
                Io.line("Not delivered " + sent) + (body.isBlank() ? "" : "\n  | " + DeliveryWords.head(body)),
                DeliveryWords.advice(delivery),
                Exit.PROVIDER);
    }

    void types(List<EventType> types) {
        var table = new Table(List.of("TYPE", "DESCRIPTION"));
        types.forEach(type -> table.row(type.type(), type.description()));
        table.print(io);
    }

    private static String state(Webhook webhook) {
        if (webhook.enabled()) {
            return webhook.failingSince() == null ? "enabled" : "failing";
        }
        return switch (String.valueOf(webhook.disabledReason())) {
            case "manual", "null" -> "disabled";
            case "gone" -> "disabled: it answered 410";
            case "failing" -> "disabled: five days without success";
            default -> "disabled: " + webhook.disabledReason();
        };
    }

    private static String filter(Webhook webhook) {
        return webhook.filter() == null
                ? "-"
                : webhook.filter().metadata().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(label -> label.getKey() + "=" + label.getValue())
                        .collect(Collectors.joining(" "));
    }

    private static String orDash(String words) {
        return words.isEmpty() ? "-" : words;
    }

    private static String time(@Nullable Instant time) {
        return time == null ? "-" : Times.local(time);
    }

    private void line(String name, String value) {
        io.out().println(String.format("%-11s %s", name, Io.line(value)));
    }
}
