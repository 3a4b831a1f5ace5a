package com.aistrale;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The providers' credentials that the server keeps, encrypted, and never shows again. Used by several threads at once; every method
 * throws an {@link AistraleException} where the server does not answer with what was asked for.
 */
public final class Tokens {
    private static final String PATH = "/api/v1/tokens";
    private final Exchange exchange;

    Tokens(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * Stores a provider's credential.
     *
     * @param provider such as {@code openai}
     * @param token the credential itself, not empty
     * @return what the server shows of it
     */
    public ProviderToken add(String provider, String token) {
        return add(provider, token, TokenSettings.none());
    }

    /**
     * Stores a provider's credential under a name.
     *
     * @param provider such as {@code openai}
     * @param token the credential itself, not empty
     * @param name a name of your own
     * @return what the server shows of it
     */
    public ProviderToken add(String provider, String token, String name) {
        return add(provider, token, TokenSettings.none().name(name));
    }

    /**
     * Stores a provider's credential beside its others.
     *
     * @param provider such as {@code openai}
     * @param token the credential itself, not empty
     * @param settings its name and its weight, or neither
     * @return what the server shows of it
     */
    public ProviderToken add(String provider, String token, TokenSettings settings) {
        var body = new LinkedHashMap<String, @Nullable Object>();
        body.put("provider", provider);
        body.put("token", token);
        settings.fields().forEach(body::putIfAbsent);
        return exchange.object(Call.post(PATH, body), "token", ProviderToken::read);
    }

    /**
     * All that are stored.
     *
     * @return without the credentials themselves; empty where there is none
     */
    public List<ProviderToken> list() {
        return new Paged<>(exchange, PATH, Map.of(), ProviderToken::read).toList();
    }

    /**
     * Puts another credential in the place of a stored one.
     *
     * @param id {@code tok_…}
     * @param token the new credential, not empty
     * @return what the server shows of it
     * @throws NotFoundException if there is none with this id
     */
    public ProviderToken replace(String id, String token) {
        return update(id, TokenSettings.none().token(token));
    }

    /**
     * Changes what a stored credential is called, its weight, or the credential itself.
     *
     * @param id {@code tok_…}
     * @param settings what is to change
     * @return what the server shows of it
     * @throws NotFoundException if there is none with this id
     */
    public ProviderToken update(String id, TokenSettings settings) {
        return exchange.object(Call.post(Call.path(PATH, id), settings.fields()), "token", ProviderToken::read);
    }

    /**
     * Forgets a stored credential.
     *
     * @param id {@code tok_…}
     * @throws NotFoundException if there is none with this id
     */
    public void remove(String id) {
        exchange.noContent(Call.delete(Call.path(PATH, id)));
    }
}
