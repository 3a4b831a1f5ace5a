package com.aistrale.emulator.shape;

import com.aistrale.emulator.shape.Shape.Fields;
import com.aistrale.emulator.shape.Shape.Tagged;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Compares a document with a shape. */
public final class Checker {
    private final List<Violation> found = new ArrayList<>();

    private Checker() {}

    /** All violations: those of an object's known fields first, then what it lacks, then what it has too much. */
    public static List<Violation> check(JsonNode document, Shape shape) {
        return check(document, shape, Path.ROOT);
    }

    /** As {@link #check(JsonNode, Shape)}, for a part of a document. */
    public static List<Violation> check(JsonNode part, Shape shape, Path at) {
        Checker checker = new Checker();
        checker.look(part, shape, at);
        return List.copyOf(checker.found);
    }

    private void look(JsonNode node, Shape shape, Path at) {
        switch (shape) {
            case Shape.Anything anything -> {}
            case Shape.Deferred(var inner) -> look(node, inner.get(), at);
            case Shape.AnyObject object -> kind(node.isObject(), node, shape, at);
            case Shape.Flag flag -> kind(node.isBoolean(), node, shape, at);
            case Shape.Text(var allowed) -> {
                if (kind(node.isString(), node, shape, at)
                        && !allowed.isEmpty()
                        && !allowed.contains(node.stringValue())) {
                    found.add(new Violation.NotAllowed(at, node.stringValue(), List.copyOf(allowed)));
                }
            }
            case Shape.Whole(long least, long most) -> {
                boolean whole = node.isIntegralNumber() || (node.isNumber() && node.doubleValue() % 1 == 0);
                if (kind(whole && node.canConvertToLong(), node, shape, at)) {
                    bounds(node, node.longValue() < least, node.longValue() > most, shape, at);
                }
            }
            case Shape.Decimal(double least, double most) -> {
                if (kind(node.isNumber(), node, shape, at)) {
                    bounds(node, node.doubleValue() < least, node.doubleValue() > most, shape, at);
                }
            }
            case Shape.Items items -> items(node, items, at);
            case Shape.MapOf(var each) -> {
                if (kind(node.isObject(), node, shape, at)) {
                    node.properties().forEach(entry -> look(entry.getValue(), each, at.then(entry.getKey())));
                }
            }
            case Fields fields -> fields(node, fields, at);
            case Tagged tagged -> tagged(node, tagged, at);
            case Shape.OneOf oneOf -> oneOf(node, oneOf, at);
        }
    }

    private boolean kind(boolean fits, JsonNode node, Shape shape, Path at) {
        if (!fits) {
            found.add(new Violation.WrongKind(at, shape, node));
        }
        return fits;
    }

    private void bounds(JsonNode node, boolean below, boolean above, Shape shape, Path at) {
        if (below) {
            found.add(new Violation.TooSmall(at, shape, node));
        }
        if (above) {
            found.add(new Violation.TooLarge(at, shape, node));
        }
    }

    private void items(JsonNode node, Shape.Items items, Path at) {
        if (!kind(node.isArray(), node, items, at)) {
            return;
        }
        if (node.size() < items.least()) {
            found.add(new Violation.TooFew(at, items.least(), node.size()));
        }
        for (int i = 0; i < node.size(); i++) {
            look(node.get(i), items.each(), at.then(i));
        }
    }

    private void fields(JsonNode node, Fields shape, Path at) {
        if (!kind(node.isObject(), node, shape, at)) {
            return;
        }
        for (Map.Entry<String, Shape.Field> entry : shape.fields().entrySet()) {
            JsonNode value = node.get(entry.getKey());
            if (value != null && !(value.isNull() && entry.getValue().nullable())) {
                look(value, entry.getValue().shape(), at.then(entry.getKey()));
            }
        }
        for (Map.Entry<String, Shape.Field> entry : shape.fields().entrySet()) {
            if (entry.getValue().required() && !node.has(entry.getKey())) {
                found.add(new Violation.Missing(at.then(entry.getKey())));
            }
        }
        for (String name : node.propertyNames()) {
            if (!shape.fields().containsKey(name)) {
                found.add(new Violation.Unknown(at.then(name), shape.fields().keySet()));
            }
        }
    }

    private void tagged(JsonNode node, Tagged tagged, Path at) {
        if (!kind(node.isObject(), node, tagged, at)) {
            return;
        }
        JsonNode tag = node.get(tagged.tag());
        Path tagAt = at.then(tagged.tag());
        if (tag == null) {
            found.add(new Violation.Missing(tagAt));
        } else if (kind(tag.isString(), tag, Shape.text(), tagAt)) {
            Fields fields = tagged.byTag().get(tag.stringValue());
            if (fields == null) {
                found.add(new Violation.NotAllowed(
                        tagAt, tag.stringValue(), List.copyOf(tagged.byTag().keySet())));
            } else {
                fields(node, fields, at);
            }
        }
    }

    /** Looks at the alternative of the value's own kind; if there is none, the value is of the wrong kind. */
    private void oneOf(JsonNode node, Shape.OneOf oneOf, Path at) {
        for (Shape alternative : oneOf.alternatives()) {
            if (isOfKind(node, alternative)) {
                look(node, alternative, at);
                return;
            }
        }
        found.add(new Violation.WrongKind(at, oneOf, node));
    }

    private static boolean isOfKind(JsonNode node, Shape shape) {
        return switch (shape) {
            case Shape.Anything anything -> true;
            case Shape.Deferred(var inner) -> isOfKind(node, inner.get());
            case Shape.Text text -> node.isString();
            case Shape.Flag flag -> node.isBoolean();
            case Shape.Whole whole -> node.isNumber();
            case Shape.Decimal decimal -> node.isNumber();
            case Shape.Items items -> node.isArray();
            case Shape.AnyObject object -> node.isObject();
            case Shape.MapOf map -> node.isObject();
            case Fields fields -> node.isObject();
            case Tagged tagged -> node.isObject();
            case Shape.OneOf(var alternatives) -> alternatives.stream().anyMatch(a -> isOfKind(node, a));
        };
    }
}
