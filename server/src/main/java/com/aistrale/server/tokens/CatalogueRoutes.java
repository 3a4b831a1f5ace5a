package com.aistrale.server.tokens;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Query;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pages;
import com.aistrale.server.pricing.ListedModel;
import com.aistrale.server.pricing.PriceCatalogue;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /api/v1/models}: the models of which prices or limits are known, as the catalogue has them. */
public final class CatalogueRoutes {
    private static final Pattern CURSOR = Pattern.compile("[^/]+/.+");

    private final PriceCatalogue catalogue;
    private final Tokens tokens;
    private final Guard guard;
    private final InstantSource clock;

    public CatalogueRoutes(PriceCatalogue catalogue, Tokens tokens, Guard guard, InstantSource clock) {
        this.catalogue = catalogue;
        this.tokens = tokens;
        this.guard = guard;
        this.clock = clock;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/models", guard.with(Role.VIEWER, this::list));
    }

    private void list(Caller caller, Exchange exchange) {
        var query = exchange.query(List.of("provider", "limit", "cursor"));
        int limit = query.limit();
        var listed = listed(query);
        int from = from(query, listed);
        query.check();
        var rows = listed.subList(from, Math.min(listed.size(), from + limit + 1));
        var reachable = new HashMap<String, Boolean>();
        exchange.send(200, Pages.json(rows, limit, model -> json(caller, model, reachable), CatalogueRoutes::id));
    }

    private List<ListedModel> listed(Query query) {
        var provider = query.text("provider");
        if (provider == null) {
            return catalogue.models();
        }
        var listed = catalogue.models(provider);
        if (listed.isEmpty() && !tokens.directory().isKnown(provider)) {
            query.mistake(
                    "provider",
                    "there is no provider `" + provider + "`"
                            + tokens.directory().hint(provider));
        }
        return listed;
    }

    private static int from(Query query, List<ListedModel> listed) {
        var cursor = query.cursor(CURSOR);
        if (cursor == null) {
            return 0;
        }
        for (int i = 0; i < listed.size(); i++) {
            if (id(listed.get(i)).equals(cursor)) {
                return i + 1;
            }
        }
        query.mistake("cursor", "not a cursor of this list: pass on the `next_cursor` of the page before");
        return 0;
    }

    private static String id(ListedModel model) {
        return model.provider() + "/" + model.id();
    }

    /** @param reachable what is found out for each provider once */
    private ObjectNode json(Caller caller, ListedModel model, Map<String, Boolean> reachable) {
        var now = clock.instant();
        var price = model.priceAt(now);
        var rates = price == null ? null : price.base();
        boolean available = model.isServedOn(LocalDate.ofInstant(now, ZoneOffset.UTC))
                && caller.mayRun(model.provider(), model.id())
                && reachable.computeIfAbsent(model.provider(), provider -> isReachable(caller, provider));
        return Json.object()
                .put("id", id(model))
                .put("provider", model.provider())
                .put("model", model.id())
                .put("context_window", model.contextWindow())
                .put("max_output_tokens", model.maxOutputTokens())
                .put("input_usd_per_million_tokens", rates == null ? null : usd(rates.input()))
                .put("output_usd_per_million_tokens", rates == null ? null : usd(rates.output()))
                .put("cached_input_usd_per_million_tokens", rates == null ? null : usd(rates.cachedInput()))
                .put("available", available);
    }

    private boolean isReachable(Caller caller, String provider) {
        return tokens.directory()
                .find(provider)
                .filter(spec -> tokens.directory().baseUrl(spec) != null)
                .flatMap(spec -> tokens.usableCredential(caller.workspaceId(), caller.defaultWorkspace(), spec))
                .isPresent();
    }

    private static @Nullable BigDecimal usd(@Nullable Long nanoUsd) {
        if (nanoUsd == null) {
            return null;
        }
        var exact = BigDecimal.valueOf(nanoUsd, 9).stripTrailingZeros();
        return exact.scale() < 0 ? exact.setScale(0) : exact;
    }
}
