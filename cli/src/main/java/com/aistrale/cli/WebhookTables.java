package com.aistrale.cli;

import com.aistrale.Webhook;
import com.aistrale.WebhookAttempt;
import com.aistrale.WebhookDelivery;
import com.aistrale.internal.Json;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Webhooks and their deliveries as people read them. */
record WebhookTables(Io io) {
    private static final int LONGEST_ANSWER = 2000;

    static Records<Webhook> records() {
        return Records.of(Webhook::toJson)
                .text("ID", "id", Webhook::id)
                .text("NAME", "name", Webhook::name)
                .text("URL", "url", Webhook::url)
                .text("EVENTS", "events", Webhook::events)
                .text("FILTER", WebhookTables::filter, "filter", WebhookTables::labels)
                .text("STATE", WebhookTables::state, "enabled", Webhook::enabled)
                .named("disabled_reason", Webhook::disabledReason)
                .named("failing_since", Webhook::failingSince)
                .named("created_at", Webhook::createdAt);
    }

    private static @Nullable Map<String, String> labels(Webhook webhook) {
        var filter = webhook.filter();
        return filter == null ? null : filter.metadata();
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

    static Records<WebhookDelivery> deliveries() {
        return Records.of(WebhookDelivery::toJson)
                .text("TIME", "created_at", WebhookDelivery::createdAt)
                .text("ID", "id", WebhookDelivery::id)
                .text("EVENT", "event_type", WebhookDelivery::eventType)
                .named("event_id", WebhookDelivery::eventId)
                .text("STATUS", "status", WebhookDelivery::status)
                .number("ATTEMPTS", "attempt_count", WebhookDelivery::attemptCount)
                .shown(
                        "WHAT BECAME OF IT",
                        delivery -> orDash(DeliveryWords.of(delivery.error(), delivery.responseCode())))
                .named("error", WebhookDelivery::error)
                .named("response_code", WebhookDelivery::responseCode)
                .text("NEXT", "next_attempt_at", WebhookDelivery::nextAttemptAt)
                .named("delivered_at", WebhookDelivery::deliveredAt)
                .named("webhook_id", WebhookDelivery::webhookId);
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

    private void line(String name, String value) {
        io.out().println(String.format("%-11s %s", name, Io.line(value)));
    }
}
