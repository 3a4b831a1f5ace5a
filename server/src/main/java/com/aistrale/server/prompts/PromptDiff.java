package com.aistrale.server.prompts;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.algorithm.Change;
import com.github.difflib.algorithm.myers.MyersDiffWithLinearSpace;
import com.github.difflib.patch.DeltaType;
import com.github.difflib.patch.Patch;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What differs between two versions: place by place, and as `diff -u` would write it. */
final class PromptDiff {
    /** Lines of one side times lines of the other: beyond it, what differs is shown as a whole. */
    private static final long MOST_WORK = 25_000_000;

    private static final int CONTEXT = 3;

    private PromptDiff() {}

    static ObjectNode json(PromptVersion from, PromptVersion to) {
        var json = Json.object()
                .put("name", from.name())
                .put("from", from.version())
                .put("to", to.version());
        var changes = json.putArray("changes");
        changes(from.content().json(), to.content().json(), Pointer.ROOT, changes);
        return json.put("unified", unified(from, to));
    }

    /** The deepest places at which the two differ; arrays place by place. */
    private static void changes(@Nullable JsonNode before, @Nullable JsonNode after, Pointer at, ArrayNode into) {
        if (before instanceof ObjectNode one && after instanceof ObjectNode other) {
            var fields = new LinkedHashSet<>(one.propertyNames());
            fields.addAll(other.propertyNames());
            for (var field : fields) {
                changes(one.get(field), other.get(field), at.field(field), into);
            }
        } else if (before instanceof ArrayNode one && after instanceof ArrayNode other) {
            for (int i = 0; i < Math.max(one.size(), other.size()); i++) {
                changes(one.get(i), other.get(i), at.at(i), into);
            }
        } else if (before == null || !before.equals(after)) {
            var change = into.addObject().put("pointer", at.toString());
            change.set("before", before);
            change.set("after", after);
        }
    }

    /** Empty when the texts are the same. */
    private static String unified(PromptVersion from, PromptVersion to) {
        var before = lines(from.content());
        var after = lines(to.content());
        var lines = UnifiedDiffUtils.generateUnifiedDiff(
                from.name() + "@" + from.version(),
                to.name() + "@" + to.version(),
                before,
                patch(before, after),
                CONTEXT);
        return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    }

    /** Without what both begin and end with, which costs nothing. */
    private static Patch<String> patch(List<String> before, List<String> after) {
        int most = Math.min(before.size(), after.size());
        int start = 0;
        while (start < most && before.get(start).equals(after.get(start))) {
            start++;
        }
        int end = 0;
        while (end < most - start && before.get(before.size() - 1 - end).equals(after.get(after.size() - 1 - end))) {
            end++;
        }
        var one = before.subList(start, before.size() - end);
        var other = after.subList(start, after.size() - end);
        var changes = (long) one.size() * other.size() > MOST_WORK
                ? List.of(new Change(DeltaType.CHANGE, 0, one.size(), 0, other.size()))
                : new MyersDiffWithLinearSpace<String>().computeDiff(one, other, null);
        return Patch.generate(before, after, shifted(changes, start));
    }

    /** The changes within the whole; what is taken away and what stands in its place are one change. */
    private static List<Change> shifted(List<Change> changes, int by) {
        var all = new ArrayList<Change>();
        for (var change : changes) {
            var next = new Change(
                    change.deltaType,
                    change.startOriginal + by,
                    change.endOriginal + by,
                    change.startRevised + by,
                    change.endRevised + by);
            var before = all.isEmpty() ? null : all.getLast();
            if (before != null && before.endOriginal == next.startOriginal && before.endRevised == next.startRevised) {
                all.set(
                        all.size() - 1,
                        new Change(
                                before.deltaType == next.deltaType ? next.deltaType : DeltaType.CHANGE,
                                before.startOriginal,
                                next.endOriginal,
                                before.startRevised,
                                next.endRevised));
            } else {
                all.add(next);
            }
        }
        return all;
    }

    /** The text's lines; of messages with the role above each, and what is no text as JSON. */
    private static List<String> lines(PromptContent content) {
        if (content.text() != null) {
            return List.of(content.text().split("\n", -1));
        }
        var lines = new ArrayList<String>();
        for (var message : content.json().get("messages")) {
            lines.add("[" + message.path("role").asString() + "]");
            for (var field : message.properties()) {
                if (field.getKey().equals("role")) {
                    continue;
                }
                var value = field.getValue();
                if (field.getKey().equals("content") && value.isString()) {
                    lines.addAll(List.of(value.stringValue().split("\n", -1)));
                } else {
                    lines.add(field.getKey() + ": " + Json.text(value));
                }
            }
        }
        return lines;
    }
}
