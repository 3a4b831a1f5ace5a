package com.aistrale;

import java.util.Map;

/**
 * The workspace's API keys. Only admins see and change them. Used by several threads at once; every method throws an {@link
 * AistraleException} where the server does not answer with what was asked for.
 */
public final class ApiKeys {
    private static final String PATH = "/api/v1/api-keys";
    private final Exchange exchange;

    ApiKeys(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * All of them, the revoked ones too.
     *
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<ApiKey> list() {
        return new Paged<>(exchange, PATH, Map.of(), ApiKey::read);
    }

    /**
     * One of them.
     *
     * @param id {@code key_…}
     * @return what the server shows of it
     * @throws NotFoundException if there is none with this id
     */
    public ApiKey get(String id) {
        return exchange.object(Call.get(Call.path(PATH, id)), "API key", ApiKey::read);
    }

    /**
     * Makes a key.
     *
     * @param settings its name at least; a member unless told otherwise
     * @return with the key itself, which is never shown again
     */
    public NewApiKey create(ApiKeySettings settings) {
        return exchange.object(Call.post(PATH, settings.fields()), "API key", NewApiKey::read);
    }

    /**
     * Changes what a key is called, which models it may run, how much, and until when.
     *
     * @param id {@code key_…}
     * @param settings what is to change; a role does not, so make another key
     * @return as it is now
     * @throws NotFoundException if there is none with this id
     */
    public ApiKey update(String id, ApiKeySettings settings) {
        return exchange.object(Call.post(Call.path(PATH, id), settings.fields()), "API key", ApiKey::read);
    }

    /**
     * Makes the server refuse a key from now on.
     *
     * @param id {@code key_…}
     * @throws NotFoundException if there is none with this id
     */
    public void revoke(String id) {
        exchange.noContent(Call.delete(Call.path(PATH, id)));
    }
}
