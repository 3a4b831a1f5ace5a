package com.aistrale.cli;

import com.aistrale.WebhookDelivery;
import org.jspecify.annotations.Nullable;

/** What became of a delivery, in words. */
final class DeliveryWords {
    private static final int SHOWN = 200;

    private DeliveryWords() {}

    /**
     * Why it did not arrive, as a sentence goes on behind "it failed: ".
     *
     * @param error its class, as the server names it; null where it arrived
     * @param code the receiver's answer, null without one
     */
    static String of(@Nullable String error, @Nullable Long code) {
        if (error == null) {
            return code == null ? "" : "answered " + code;
        }
        return switch (error) {
            case "http_status" -> "answered " + said(code);
            case "redirect" -> "answered " + said(code) + ": redirects are not followed";
            case "gone" -> "answered 410: it wants no more";
            case "timeout" -> "no answer within 15 s";
            case "dns" -> "its name has no address";
            case "connection_refused" -> "nothing listens there";
            case "connection_lost" -> "the connection broke off before the answer";
            case "tls" -> "no secure connection: look at its certificate";
            case "target_blocked" -> "its address is not public: nothing was sent";
            case "secret_unreadable" -> "its secret was sealed with a key that the server has no more";
            case "webhook_disabled" -> "the webhook was disabled";
            case "webhook_deleted" -> "the webhook was deleted";
            case "event_deleted" -> "the event was deleted";
            case "internal" -> "a mistake in the server, which is in its log";
            default -> Io.line(error);
        };
    }

    /** What to do about it. */
    static String advice(WebhookDelivery delivery) {
        return switch (String.valueOf(delivery.error())) {
            case "target_blocked" ->
                "The server's operator may allow it: webhooks.allowed_targets. From your own machine: aistrale webhooks listen";
            case "connection_refused", "dns", "timeout" ->
                "The server must reach it. From your own machine: aistrale webhooks listen --forward-to URL";
            case "secret_unreadable" ->
                "Give it another one: aistrale webhooks rotate-secret " + Io.line(delivery.webhookId());
            case "redirect" ->
                "Give it the URL where that leads: aistrale webhooks update " + Io.line(delivery.webhookId())
                        + " --url URL";
            default -> "All that was said: aistrale webhooks show " + Io.line(delivery.id());
        };
    }

    /** The begin of an answer, on one line. */
    static String head(String answer) {
        var line = Io.line(answer);
        return line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line;
    }

    private static String said(@Nullable Long code) {
        return code == null ? "no success" : code.toString();
    }
}
