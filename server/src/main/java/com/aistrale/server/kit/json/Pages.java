package com.aistrale.server.kit.json;

import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Lists on the wire, a page at a time. */
public final class Pages {
    private Pages() {}

    /** @param rows one more than {@code limit} when others follow, so that the last page says that it is the last */
    public static <T> ObjectNode json(
            List<T> rows, int limit, Function<T, ? extends JsonNode> row, Function<T, String> id) {
        boolean more = rows.size() > limit;
        var page = more ? rows.subList(0, limit) : rows;
        var json = Json.object();
        var data = json.putArray("data");
        page.forEach(one -> data.add(row.apply(one)));
        return json.put("next_cursor", more ? id.apply(page.getLast()) : null);
    }
}
