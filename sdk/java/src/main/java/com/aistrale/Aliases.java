package com.aistrale;

import java.util.List;
import java.util.Map;

/**
 * The workspace's own names for models, each with whom to ask when its model cannot answer. Admins change them, everybody may look. Used by
 * several threads at once; every method throws an {@link AistraleException} where the server does not answer with what was asked for.
 */
public final class Aliases {
    private static final String PATH = "/api/v1/aliases";
    private final Exchange exchange;

    Aliases(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * All of them, by name.
     *
     * @return empty where there is none
     */
    public List<Alias> list() {
        return new Paged<>(exchange, PATH, Map.of(), Alias::read).toList();
    }

    /**
     * One of them.
     *
     * @param name its name
     * @return what it stands for
     * @throws NotFoundException if there is none of this name
     */
    public Alias get(String name) {
        return exchange.object(Call.get(Call.path(PATH, name)), "alias", Alias::read);
    }

    /**
     * Makes a name stand for a model from now on, whether it is new or stood for another. It comes before a model that a provider calls
     * the same.
     *
     * @param name 1 to 64 letters, digits and {@code . _ -}
     * @param model such as {@code openai/gpt-4o-mini}, not another alias
     * @return as it is now
     */
    public Alias set(String name, String model) {
        return set(name, model, List.of());
    }

    /**
     * Makes a name stand for a model and its fallbacks from now on, whether it is new or stood for another. It comes before a model that a
     * provider calls the same.
     *
     * @param name 1 to 64 letters, digits and {@code . _ -}
     * @param model such as {@code openai/gpt-4o-mini}, not another alias
     * @param fallbacks whom to ask, in this order, when the model cannot answer; at most 5
     * @return as it is now
     */
    public Alias set(String name, String model, List<String> fallbacks) {
        var body = Call.Body.json(Map.of("model", model, "fallbacks", List.copyOf(fallbacks)));
        return exchange.object(Call.put(Call.path(PATH, name), body), "alias", Alias::read);
    }

    /**
     * Makes a name stand for nothing.
     *
     * @param name its name
     * @throws NotFoundException if there is none of this name
     */
    public void delete(String name) {
        exchange.noContent(Call.delete(Call.path(PATH, name)));
    }
}
