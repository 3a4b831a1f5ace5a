package com.aistrale.server.contract;

import com.aistrale.server.contract.Contract.Operation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What of a later contract breaks a client that was made for an earlier one. A server may take more than it took, and say
 * more than it said: what it is sent may only widen, what it answers may only narrow, save for new fields and new values
 * of words that are listed as extensible, which clients are told to expect.
 */
final class Compatibility {
    private static final List<String> ROLES = List.of("viewer", "member", "admin", "operator");

    /** Bounds that narrow when they grow, and those that narrow when they shrink. */
    private static final List<String> LEAST = List.of("minimum", "minLength", "minItems", "minProperties");

    private static final List<String> MOST = List.of("maximum", "maxLength", "maxItems", "maxProperties");

    private final Contract before;
    private final Contract after;
    private final List<String> breaks = new ArrayList<>();
    private final Set<String> open = new HashSet<>();

    private Compatibility(Contract before, Contract after) {
        this.before = before;
        this.after = after;
    }

    /** What breaks, in words; empty when nothing does. */
    static List<String> breaks(Contract before, Contract after) {
        var comparison = new Compatibility(before, after);
        for (var old : before.operations()) {
            var now = after.operations().stream()
                    .filter(one -> one.name().equals(old.name()))
                    .findFirst();
            if (now.isEmpty()) {
                comparison.breaks.add(old.name() + " is gone");
            } else {
                comparison.operation(old, now.get());
            }
        }
        return List.copyOf(new LinkedHashSet<>(comparison.breaks));
    }

    private void operation(Operation old, Operation now) {
        var at = old.name();
        if (!old.id().equals(now.id())) {
            breaks.add(at + ": operationId " + old.id() + " became " + now.id());
        }
        var keys = before.security(old);
        var keysNow = after.security(now);
        if (keys.isEmpty() && !keysNow.isEmpty()) {
            breaks.add(at + ": needs a key now");
        }
        for (var scheme : keys) {
            if (!keysNow.isEmpty() && !keysNow.contains(scheme)) {
                breaks.add(at + ": takes no key by " + scheme + " any more");
            }
        }
        if (role(now) > role(old)) {
            breaks.add(at + ": needs the role " + ROLES.get(role(now)) + " now");
        }
        parameters(at, old, now);
        requestBody(at, old.node().get("requestBody"), now.node().get("requestBody"));
        for (var response : old.node().get("responses").properties()) {
            var later = now.node().get("responses").get(response.getKey());
            var here = at + " → " + response.getKey();
            if (later == null) {
                breaks.add(here + " is gone");
            } else {
                response(here, before.resolve(response.getValue()), after.resolve(later));
            }
        }
    }

    private static int role(Operation operation) {
        return ROLES.indexOf(operation.node().path("x-role").asString("viewer"));
    }

    private void parameters(String at, Operation old, Operation now) {
        var earlier = before.parameters(old);
        var later = after.parameters(now);
        for (var parameter : earlier) {
            var same = find(later, parameter);
            if (same == null) {
                breaks.add(at + ": the parameter " + name(parameter) + " is gone");
            } else {
                if (required(same) && !required(parameter)) {
                    breaks.add(at + ": the parameter " + name(parameter) + " is required now");
                }
                new Sent()
                        .compare(
                                at + ": the parameter " + name(parameter), parameter.get("schema"), same.get("schema"));
            }
        }
        for (var parameter : later) {
            if (required(parameter) && find(earlier, parameter) == null) {
                breaks.add(at + ": the parameter " + name(parameter) + " is new and required");
            }
        }
    }

    private static @Nullable JsonNode find(List<JsonNode> parameters, JsonNode wanted) {
        return parameters.stream()
                .filter(one -> name(one).equals(name(wanted)) && Objects.equals(one.get("in"), wanted.get("in")))
                .findFirst()
                .orElse(null);
    }

    private static String name(JsonNode parameter) {
        return parameter.get("name").stringValue();
    }

    private static boolean required(JsonNode described) {
        return described.path("required").asBoolean(false);
    }

    private void requestBody(String at, @Nullable JsonNode old, @Nullable JsonNode now) {
        if (now == null || old == null) {
            if (old != null) {
                breaks.add(at + ": takes no body any more");
            } else if (now != null && required(now)) {
                breaks.add(at + ": needs a body now");
            }
            return;
        }
        if (required(now) && !required(old)) {
            breaks.add(at + ": needs a body now");
        }
        for (var content : old.get("content").properties()) {
            var later = now.get("content").get(content.getKey());
            if (later == null) {
                breaks.add(at + ": does not take " + content.getKey() + " any more");
            } else {
                new Sent().compare(at + " body", content.getValue().get("schema"), later.get("schema"));
            }
        }
    }

    private void response(String at, JsonNode old, JsonNode now) {
        for (var header : old.path("headers").properties()) {
            var later = now.path("headers").get(header.getKey());
            if (later == null) {
                breaks.add(at + ": the header " + header.getKey() + " is gone");
            } else if (required(before.resolve(header.getValue())) && !required(after.resolve(later))) {
                breaks.add(at + ": the header " + header.getKey() + " may be missing now");
            }
        }
        for (var content : old.path("content").properties()) {
            var later = now.path("content").get(content.getKey());
            if (later == null) {
                breaks.add(at + ": " + content.getKey() + " is gone");
                continue;
            }
            var answered = new Answered();
            answered.compare(at, content.getValue().get("schema"), later.get("schema"));
            for (var event : content.getValue().path("x-sse-events").properties()) {
                var same = later.path("x-sse-events").get(event.getKey());
                if (same == null) {
                    breaks.add(at + ": the event " + event.getKey() + " is gone");
                } else {
                    answered.compare(at + " event " + event.getKey(), event.getValue(), same);
                }
            }
            var lines = content.getValue().get("x-lines");
            if (lines != null && later.has("x-lines")) {
                answered.compare(at + " line", lines, later.get("x-lines"));
            }
        }
    }

    /** Compares schemas of values that go in one direction. */
    private abstract class Direction {
        abstract void types(String at, Set<String> old, Set<String> now);

        abstract void words(String at, ObjectNode old, ObjectNode now);

        abstract void fields(String at, ObjectNode old, ObjectNode now);

        abstract void bounds(String at, ObjectNode old, ObjectNode now);

        abstract void alternatives(String at, String keyword, JsonNode old, JsonNode now);

        final void compare(String at, @Nullable JsonNode oldRaw, @Nullable JsonNode nowRaw) {
            if (oldRaw == null || nowRaw == null) {
                return;
            }
            if (!(whole(before, oldRaw) instanceof ObjectNode old)
                    || !(whole(after, nowRaw) instanceof ObjectNode now)) {
                return;
            }
            var pair = getClass().getSimpleName() + oldRaw.get("$ref") + nowRaw.get("$ref");
            if (oldRaw.has("$ref") && !open.add(pair)) {
                return; // a schema that contains itself
            }
            schemas(at, old, now);
            open.remove(pair);
        }

        private void schemas(String at, ObjectNode old, ObjectNode now) {
            types(at, typesOf(old), typesOf(now));
            words(at, old, now);
            fields(at, old, now);
            bounds(at, old, now);
            for (var keyword : List.of("items", "additionalProperties", "propertyNames")) {
                compare(at + "/" + keyword, old.get(keyword), now.get(keyword));
            }
            for (var keyword : List.of("oneOf", "anyOf")) {
                if (old.has(keyword) || now.has(keyword)) {
                    alternatives(at, keyword, old.path(keyword), now.path(keyword));
                }
            }
        }

        /** Whether the one can be put in the other's place. */
        final boolean fits(JsonNode old, JsonNode now) {
            var trial = new Compatibility(before, after);
            (this instanceof Sent ? trial.new Sent() : trial.new Answered()).compare("", old, now);
            return trial.breaks.isEmpty();
        }

        final void compareFields(String at, ObjectNode old, ObjectNode now) {
            for (var field : old.path("properties").properties()) {
                compare(
                        at + "/" + field.getKey(),
                        field.getValue(),
                        now.path("properties").get(field.getKey()));
            }
        }
    }

    /** What clients send: it may widen. */
    private final class Sent extends Direction {
        @Override
        void types(String at, Set<String> old, Set<String> now) {
            if (!now.isEmpty() && (old.isEmpty() || !covers(now, old))) {
                breaks.add(at + ": took " + (old.isEmpty() ? "anything" : old) + ", takes " + now);
            }
        }

        @Override
        void words(String at, ObjectNode old, ObjectNode now) {
            if (now.has("enum") && !old.has("enum")) {
                breaks.add(at + ": takes some words only now");
            } else if (now.has("enum") && !texts(now.get("enum")).containsAll(texts(old.get("enum")))) {
                breaks.add(at + ": took " + old.get("enum") + ", takes " + now.get("enum"));
            }
        }

        @Override
        void fields(String at, ObjectNode old, ObjectNode now) {
            boolean closed = now.path("additionalProperties").isBoolean()
                    && !now.path("additionalProperties").booleanValue();
            if (closed && !Objects.equals(old.get("additionalProperties"), now.get("additionalProperties"))) {
                breaks.add(at + ": takes no other fields any more");
            }
            for (var field : old.path("properties").propertyNames()) {
                if (!now.path("properties").has(field)) {
                    breaks.add(at + "/" + field + " is gone");
                }
            }
            for (var field : texts(now.path("required"))) {
                if (!texts(old.path("required")).contains(field)) {
                    breaks.add(at + "/" + field + " is required now");
                }
            }
            compareFields(at, old, now);
        }

        @Override
        void bounds(String at, ObjectNode old, ObjectNode now) {
            for (var keyword : LEAST) {
                if (now.has(keyword) && (!old.has(keyword) || number(now, keyword) > number(old, keyword))) {
                    breaks.add(at + ": " + keyword + " is " + now.get(keyword) + ", was " + old.get(keyword));
                }
            }
            for (var keyword : MOST) {
                if (now.has(keyword) && (!old.has(keyword) || number(now, keyword) < number(old, keyword))) {
                    breaks.add(at + ": " + keyword + " is " + now.get(keyword) + ", was " + old.get(keyword));
                }
            }
            for (var keyword : List.of("pattern", "format", "not", "const")) {
                if (now.has(keyword) && !now.get(keyword).equals(old.get(keyword))) {
                    breaks.add(at + ": " + keyword + " is " + now.get(keyword) + ", was " + old.get(keyword));
                }
            }
        }

        @Override
        void alternatives(String at, String keyword, JsonNode old, JsonNode now) {
            if (old.isMissingNode()) {
                breaks.add(at + ": " + keyword + " is new");
            }
            for (int i = 0; i < old.size(); i++) {
                var one = old.get(i);
                if (!now.isMissingNode() && !any(now, other -> fits(one, other))) {
                    breaks.add(at + ": one of its forms is not taken any more: " + one);
                    compare(at + "/" + keyword + "/" + i, one, now.get(i)); // for what it is
                }
            }
        }
    }

    /** What clients are answered: it may narrow, and get fields and words that they are told to expect. */
    private final class Answered extends Direction {
        @Override
        void types(String at, Set<String> old, Set<String> now) {
            if (!old.isEmpty() && (now.isEmpty() || !covers(old, now))) {
                breaks.add(at + ": was " + old + ", is " + (now.isEmpty() ? "anything" : now));
            }
        }

        @Override
        void words(String at, ObjectNode old, ObjectNode now) {
            if (old.has("enum") && (!now.has("enum") || !texts(old.get("enum")).containsAll(texts(now.get("enum"))))) {
                breaks.add(at + ": was one of " + old.get("enum") + ", is " + now.path("enum"));
            }
            var gone = texts(old.path("x-extensible-enum"));
            gone.removeAll(texts(now.path("x-extensible-enum")));
            if (!gone.isEmpty()) {
                breaks.add(at + ": " + gone + " is not answered any more");
            }
        }

        @Override
        void fields(String at, ObjectNode old, ObjectNode now) {
            for (var field : old.path("properties").propertyNames()) {
                if (!now.path("properties").has(field)) {
                    breaks.add(at + "/" + field + " is gone");
                }
            }
            for (var field : texts(old.path("required"))) {
                if (!texts(now.path("required")).contains(field)) {
                    breaks.add(at + "/" + field + " may be missing now");
                }
            }
            compareFields(at, old, now);
        }

        @Override
        void bounds(String at, ObjectNode old, ObjectNode now) {
            for (var keyword : List.of("format", "pattern")) {
                if (old.has(keyword) && !old.get(keyword).equals(now.get(keyword))) {
                    breaks.add(at + ": " + keyword + " was " + old.get(keyword) + ", is " + now.path(keyword));
                }
            }
        }

        @Override
        void alternatives(String at, String keyword, JsonNode old, JsonNode now) {
            if (now.isMissingNode()) {
                breaks.add(at + ": " + keyword + " is gone");
            }
            for (int i = 0; i < now.size(); i++) {
                var one = now.get(i);
                if (!old.isMissingNode() && !any(old, other -> fits(other, one))) {
                    breaks.add(at + ": has a new form: " + one);
                    compare(at + "/" + keyword + "/" + i, old.get(i), one); // for what it is
                }
            }
        }
    }

    private static boolean any(JsonNode nodes, Predicate<JsonNode> test) {
        for (var node : nodes) {
            if (test.test(node)) {
                return true;
            }
        }
        return false;
    }

    /** The schema with its references and {@code allOf} put into one. */
    private static JsonNode whole(Contract contract, JsonNode raw) {
        if (!(contract.resolve(raw) instanceof ObjectNode node)) {
            return contract.resolve(raw);
        }
        if (!(node.get("allOf") instanceof ArrayNode parts)) {
            return node;
        }
        var all = node.deepCopy();
        all.remove("allOf");
        var required = all.withArrayProperty("required");
        var properties = all.withObjectProperty("properties");
        for (var part : parts) {
            var piece = whole(contract, part);
            piece.path("required").forEach(required::add);
            piece.path("properties").properties().forEach(field -> properties.set(field.getKey(), field.getValue()));
            if (piece.has("type")) {
                all.set("type", piece.get("type"));
            }
        }
        return all;
    }

    private static Set<String> typesOf(ObjectNode schema) {
        var type = schema.path("type");
        return type.isString() ? Set.of(type.stringValue()) : texts(type);
    }

    /** Whether every value of the one is one of the other. */
    private static boolean covers(Set<String> wide, Set<String> narrow) {
        return narrow.stream()
                .allMatch(type -> wide.contains(type) || (type.equals("integer") && wide.contains("number")));
    }

    private static Set<String> texts(JsonNode array) {
        var all = new TreeSet<String>();
        for (var one : array) {
            all.add(one.isString() ? one.stringValue() : one.toString());
        }
        return all;
    }

    private static double number(ObjectNode schema, String keyword) {
        return schema.get(keyword).doubleValue();
    }
}
