package com.aistrale.server.wire.models;

import com.aistrale.server.kit.http.Query;
import com.aistrale.server.kit.json.Json;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Models as Anthropic's clients read them, in pages that go forth and back. */
final class AnthropicModels {
    static final List<String> PARAMETERS = List.of("limit", "after_id", "before_id", "lifecycle");

    private static final int USUAL = 20;
    private static final int MOST = 1000;

    private AnthropicModels() {}

    static ObjectNode json(Served model) {
        var listed = model.listed();
        var created = model.created() == null ? Instant.EPOCH : model.created();
        return Json.object()
                .put("type", "model")
                .put("id", model.id())
                .put("display_name", model.name())
                .put("created_at", Json.time(created))
                .put("lifecycle", lifecycle(model))
                .put("max_input_tokens", listed == null ? null : listed.contextWindow())
                .put("max_tokens", listed == null ? null : listed.maxOutputTokens())
                .put("retires_at", retires(listed == null ? null : listed.shutdown()));
    }

    private static String lifecycle(Served model) {
        return model.listed() == null || model.listed().shutdown() == null ? "active" : "deprecated";
    }

    private static @Nullable String retires(@Nullable LocalDate shutdown) {
        return shutdown == null
                ? null
                : Json.time(shutdown.atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    /**
     * A part of the list.
     *
     * @param query for the mistakes that only the list shows
     * @param lifecycles of those that are wanted; empty for all
     */
    record Page(
            Query query,
            int limit,
            @Nullable String after,
            @Nullable String before,
            List<String> lifecycles) {
        Page {
            lifecycles = List.copyOf(lifecycles);
        }

        ObjectNode of(List<Served> all) {
            var wanted = all.stream()
                    .filter(model -> lifecycles.isEmpty() || lifecycles.contains(lifecycle(model)))
                    .toList();
            int from = after == null ? 0 : place("after_id", after, wanted) + 1;
            int to = before == null ? wanted.size() : place("before_id", before, wanted);
            query.check();
            if (before == null) {
                to = Math.min(to, from + limit);
            } else {
                from = Math.max(0, to - limit);
            }
            return json(wanted.subList(from, to), before == null ? to < wanted.size() : from > 0);
        }

        private int place(String parameter, String id, List<Served> wanted) {
            for (int i = 0; i < wanted.size(); i++) {
                if (wanted.get(i).id().equals(id)) {
                    return i;
                }
            }
            query.mistake(parameter, "`" + id + "` is not in the list; begin anew without it");
            return 0;
        }

        private static ObjectNode json(List<Served> models, boolean more) {
            var json = Json.object();
            var data = json.putArray("data");
            models.forEach(model -> data.add(AnthropicModels.json(model)));
            return json.put("has_more", more)
                    .put("first_id", models.isEmpty() ? null : models.getFirst().id())
                    .put("last_id", models.isEmpty() ? null : models.getLast().id());
        }
    }

    /** Which one is wanted. */
    static Page page(Query query) {
        var page = new Page(
                query,
                query.limit(USUAL, MOST),
                query.text("after_id"),
                query.text("before_id"),
                query.list("lifecycle"));
        if (page.after() != null && page.before() != null) {
            query.mistake("before_id", "goes in the other direction than `after_id`: give one");
        }
        query.check();
        return page;
    }
}
