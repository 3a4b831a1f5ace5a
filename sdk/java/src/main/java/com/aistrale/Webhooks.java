package com.aistrale;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The workspace's webhooks, and for who receives them the static {@link #unwrap}, {@link #verify} and {@link #sign}, which need no server.
 *
 * <p>Admins change webhooks, everybody may look. Used by several threads at once; every method that asks the server throws an {@link
 * AistraleException} where it does not answer with what was asked for.
 */
public final class Webhooks {
    static final String PATH = "/api/v1/webhooks";
    private final Exchange exchange;

    Webhooks(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * Takes the event out of a request that is a webhook's, after {@link #verify}.
     *
     * @param body the request's body, byte for byte as it came
     * @param headers the request's, names in whatever case; each value is a text, a list as {@code HttpExchange} and Spring have it, or
     *     an array as servlets' maps do
     * @param secrets the webhook's, {@code whsec_…}; several where it is being changed
     * @return the event; one that came before may come again, with the same id
     * @throws WebhookVerificationException if it is not to be trusted: answer 400
     */
    public static Event unwrap(byte[] body, Map<String, ?> headers, String... secrets) {
        verify(body, headers, secrets);
        return event(body);
    }

    /**
     * The same where headers are asked for one by one, as in a servlet.
     *
     * @param body the request's body, byte for byte as it came
     * @param header gives a header's value by its name, null where there is none: {@code request::getHeader}
     * @param secrets the webhook's, {@code whsec_…}; several where it is being changed
     * @return the event; one that came before may come again, with the same id
     * @throws WebhookVerificationException if it is not to be trusted: answer 400
     */
    public static Event unwrap(byte[] body, HeaderLookup header, String... secrets) {
        verify(body, header, secrets);
        return event(body);
    }

    /**
     * Throws unless a signature in the request is that of its body by one of the secrets, and at most five minutes old or ahead.
     *
     * @param body the request's body, byte for byte as it came
     * @param headers the request's, names in whatever case; each value is a text, a list as {@code HttpExchange} and Spring have it, or
     *     an array as servlets' maps do
     * @param secrets the webhook's, {@code whsec_…}; several where it is being changed
     * @throws WebhookVerificationException if it is not to be trusted: answer 400
     */
    public static void verify(byte[] body, Map<String, ?> headers, String... secrets) {
        WebhookSignature.verify(body, WebhookSignature.headers(headers), List.of(secrets), Instant.now());
    }

    /**
     * The same where headers are asked for one by one, as in a servlet.
     *
     * @param body the request's body, byte for byte as it came
     * @param header gives a header's value by its name, null where there is none: {@code request::getHeader}
     * @param secrets the webhook's, {@code whsec_…}; several where it is being changed
     * @throws WebhookVerificationException if it is not to be trusted: answer 400
     */
    public static void verify(byte[] body, HeaderLookup header, String... secrets) {
        WebhookSignature.verify(body, WebhookSignature.headers(header), List.of(secrets), Instant.now());
    }

    /**
     * Signs as the server does, now and by a new id: for the tests of a receiver of yours.
     *
     * @param body what is to be posted
     * @param secrets the webhook's, {@code whsec_…}; a signature is made with each
     * @return the three headers of a webhook, by their names in lower case
     */
    public static Map<String, String> sign(byte[] body, String... secrets) {
        var id = "evt_" + UUID.randomUUID().toString().replace("-", "").substring(0, 26);
        return sign(body, id, Instant.now(), secrets);
    }

    /**
     * Signs as the server does, for the tests of a receiver of yours.
     *
     * @param body what is to be posted
     * @param id the event's: {@code webhook-id}
     * @param timestamp when it is sent, in whole seconds: {@code webhook-timestamp}
     * @param secrets the webhook's, {@code whsec_…}; a signature is made with each
     * @return the three headers of a webhook, by their names in lower case
     */
    public static Map<String, String> sign(byte[] body, String id, Instant timestamp, String... secrets) {
        var seconds = Long.toString(timestamp.getEpochSecond());
        var headers = new LinkedHashMap<String, String>();
        headers.put(WebhookSignature.ID, id);
        headers.put(WebhookSignature.TIMESTAMP, seconds);
        headers.put(WebhookSignature.SIGNATURE, WebhookSignature.of(List.of(secrets), id, seconds, body));
        return headers;
    }

    /** Gives a header's value by its name. */
    @FunctionalInterface
    public interface HeaderLookup {
        /**
         * A header's value.
         *
         * @param name in lower case, to be found in whatever case it came
         * @return null where the request has no such header
         */
        @Nullable
        String get(String name);
    }

    /**
     * All of them, the newest first.
     *
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<Webhook> list() {
        return new Paged<>(exchange, PATH, Map.of(), Webhook::read);
    }

    /**
     * One of them.
     *
     * @param id {@code wh_…}
     * @return as it stands now
     * @throws NotFoundException if there is none with this id
     */
    public Webhook get(String id) {
        return exchange.object(Call.get(Call.path(PATH, id)), "webhook", Webhook::read);
    }

    /**
     * Makes a webhook. It gets what happens from now on.
     *
     * @param settings its url and events at least
     * @return with its secret, which is never shown again
     * @throws BadRequestException if the server does not send to this URL
     * @throws ConflictException if the workspace has fifty of them
     */
    public NewWebhook create(WebhookSettings settings) {
        return exchange.object(Call.post(PATH, settings.fields()), "webhook", NewWebhook::read);
    }

    /**
     * Changes a webhook.
     *
     * @param id {@code wh_…}
     * @param settings what is to change; a secret does not, so {@link #rotateSecret(String)}
     * @return as it is now
     * @throws NotFoundException if there is none with this id
     */
    public Webhook update(String id, WebhookSettings settings) {
        return exchange.object(
                Call.post(Call.path(PATH, id), settings.fields()).asRepeatable(), "webhook", Webhook::read);
    }

    /**
     * Forgets a webhook. What is on its way to it ends as failed.
     *
     * @param id {@code wh_…}
     * @throws NotFoundException if there is none with this id
     */
    public void delete(String id) {
        exchange.noContent(Call.delete(Call.path(PATH, id)));
    }

    /**
     * Gives a webhook a new secret, made by the server. The old one signs beside it for 24 hours, so that the receiver can be told.
     *
     * @param id {@code wh_…}
     * @return with its new secret, which is never shown again
     * @throws NotFoundException if there is none with this id
     */
    public NewWebhook rotateSecret(String id) {
        return rotateSecret(id, Map.of());
    }

    /**
     * Gives a webhook a secret of yours. The old one signs beside it for 24 hours, so that the receiver can be told.
     *
     * @param id {@code wh_…}
     * @param secret {@code whsec_} and base64 of 24 to 64 bytes
     * @return with its new secret
     * @throws NotFoundException if there is none with this id
     */
    public NewWebhook rotateSecret(String id, String secret) {
        return rotateSecret(id, Map.of("secret", secret));
    }

    /**
     * Sends a {@code webhook.test} event to a webhook, once, also where it is disabled.
     *
     * @param id {@code wh_…}
     * @return what came of it, with its one attempt, whatever the receiver said
     * @throws NotFoundException if there is none with this id
     */
    public WebhookDelivery test(String id) {
        return test(id, Map.of());
    }

    /**
     * Sends a sample event to a webhook, once, also where it is disabled.
     *
     * @param id {@code wh_…}
     * @param eventType such as {@code inference.failed}
     * @return what came of it, with its one attempt, whatever the receiver said
     * @throws NotFoundException if there is none with this id
     */
    public WebhookDelivery test(String id, String eventType) {
        return test(id, Map.of("event_type", eventType));
    }

    /**
     * Sends again what failed.
     *
     * @param id {@code wh_…}
     * @param since of events from then on
     * @return how many deliveries are due now
     * @throws NotFoundException if there is none with this id
     * @throws ConflictException if it is disabled: enable it first
     */
    public long recover(String id, Instant since) {
        var call = Call.post(Call.path(PATH, id, "recover"), Map.of("since", since.toString()));
        return exchange.object(call, "answer", fields -> fields.integer("recovered"));
    }

    /**
     * What was sent to them.
     *
     * @return a view without a state of its own
     */
    public WebhookDeliveries deliveries() {
        return new WebhookDeliveries(exchange);
    }

    private NewWebhook rotateSecret(String id, Map<String, String> body) {
        return exchange.object(Call.post(Call.path(PATH, id, "rotate-secret"), body), "webhook", NewWebhook::read);
    }

    private WebhookDelivery test(String id, Map<String, String> body) {
        return exchange.object(Call.post(Call.path(PATH, id, "test"), body), "delivery", WebhookDelivery::read);
    }

    static Event event(byte[] body) {
        try {
            var text = UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
            return Event.read(new Fields("event", Json.parseObject(text)));
        } catch (CharacterCodingException | Json.MalformedJson | Fields.Mismatch e) {
            throw new WebhookVerificationException(
                    "the signature is good, and yet this is no event of AISTRALE's (" + e.getMessage() + ")", e);
        }
    }
}
