package com.aistrale;

/**
 * What was sent to the workspace's webhooks. Admins send again, everybody may look. Used by several threads at once; every method throws an
 * {@link AistraleException} where the server does not answer with what was asked for.
 */
public final class WebhookDeliveries {
    private static final String PATH = "/api/v1/webhook-deliveries";
    private final Exchange exchange;

    WebhookDeliveries(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * All of one webhook, the newest first. They are kept for 30 days after they ended, also where the webhook is deleted.
     *
     * @param webhookId {@code wh_…}
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<WebhookDelivery> list(String webhookId) {
        return list(webhookId, WebhookDeliveryQuery.builder().build());
    }

    /**
     * Some of one webhook, the newest first.
     *
     * @param webhookId {@code wh_…}
     * @param query which
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<WebhookDelivery> list(String webhookId, WebhookDeliveryQuery query) {
        var path = Call.path(Webhooks.PATH, webhookId, "deliveries");
        return new Paged<>(exchange, path, query.parameters(), WebhookDelivery::read);
    }

    /**
     * One of them, with its attempts and what is sent.
     *
     * @param id {@code dlv_…}
     * @return as it stands now
     * @throws NotFoundException if there is none with this id
     */
    public WebhookDelivery get(String id) {
        return exchange.object(Call.get(Call.path(PATH, id)), "delivery", WebhookDelivery::read);
    }

    /**
     * Sends again, now, and by the schedule of a new delivery where that fails; also what arrived already.
     *
     * @param id {@code dlv_…}
     * @return due now
     * @throws NotFoundException if there is none with this id
     * @throws ConflictException if its webhook is disabled or deleted, or its event was deleted
     */
    public WebhookDelivery retry(String id) {
        return exchange.object(Call.post(Call.path(PATH, id, "retry")), "delivery", WebhookDelivery::read);
    }
}
