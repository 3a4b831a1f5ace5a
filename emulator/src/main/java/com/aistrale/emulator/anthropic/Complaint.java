package com.aistrale.emulator.anthropic;

import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.shape.Path;
import com.aistrale.emulator.shape.Shape;
import com.aistrale.emulator.shape.Violation;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Anthropic's words for a request that does not have its shape. */
final class Complaint {
    private static final Set<String> NAMED_BY_TYPE =
            Set.of("content", "tools", "source", "thinking", "tool_choice", "system");

    private Complaint() {}

    static String of(Violation violation, JsonNode body) {
        String at = at(violation.path(), body);
        return switch (violation) {
            case Violation.Unknown unknown -> at + ": Extra inputs are not permitted";
            case Violation.Missing missing -> at + ": Field required";
            case Violation.WrongKind wrong -> at + ": Input should be a valid " + kind(wrong.expected());
            case Violation.NotAllowed wrong -> notAllowed(wrong, body);
            case Violation.TooSmall small -> outOf(at, small.expected(), false);
            case Violation.TooLarge large -> outOf(at, large.expected(), true);
            case Violation.TooFew few
            when few.path().equals(Path.of("messages")) -> "messages: at least one message is required";
            case Violation.TooFew few ->
                at + ": List should have at least " + few.least() + " item after validation, not " + few.actual();
        };
    }

    private static String notAllowed(Violation.NotAllowed wrong, JsonNode body) {
        if (wrong.path().last().equals("type") && wrong.path().steps().size() > 1) {
            return at(wrong.path().parent(), body) + ": Input tag '" + wrong.value()
                    + "' found using 'type' does not match any of the expected tags: "
                    + String.join(
                            ", ",
                            wrong.allowed().stream().map(tag -> "'" + tag + "'").toList());
        }
        List<String> quoted =
                wrong.allowed().stream().map(value -> "'" + value + "'").toList();
        String values = quoted.size() < 2
                ? String.join("", quoted)
                : String.join(", ", quoted.subList(0, quoted.size() - 1)) + " or " + quoted.getLast();
        return at(wrong.path(), body) + ": Input should be " + values;
    }

    private static String outOf(String at, Shape expected, boolean above) {
        return switch (expected) {
            case Shape.Decimal(double least, double most) -> at + ": range: " + (long) least + ".." + (long) most;
            case Shape.Whole(long least, long most) ->
                at + ": Input should be "
                        + (above ? "less than or equal to " + most : "greater than or equal to " + least);
            default -> throw new IllegalStateException("no bounds: " + expected);
        };
    }

    /** The path with the kinds of blocks in it, as in {@code messages.0.content.1.image.source.base64.data}. */
    static String at(Path path, JsonNode body) {
        StringBuilder text = new StringBuilder();
        JsonNode node = body;
        String field = "";
        for (int i = 0; i < path.steps().size(); i++) {
            Object step = path.steps().get(i);
            text.append(i == 0 ? "" : ".").append(step);
            if (step instanceof Integer index) {
                node = node.path(index);
            } else {
                field = String.valueOf(step);
                node = node.path(field);
            }
            boolean more = i + 1 < path.steps().size();
            if (more && node.isObject() && NAMED_BY_TYPE.contains(field)) {
                String type = Json.text(node, "type");
                text.append('.').append(type.isEmpty() ? "custom" : type);
            }
        }
        return text.toString();
    }

    private static String kind(Shape shape) {
        return switch (shape) {
            case Shape.Text text -> "string";
            case Shape.Whole whole -> "integer";
            case Shape.Decimal decimal -> "number";
            case Shape.Flag flag -> "boolean";
            case Shape.Items items -> "list";
            case Shape.OneOf(var alternatives) -> kind(alternatives.getLast());
            case Shape.Deferred(var inner) -> kind(inner.get());
            case Shape.Fields fields -> "dictionary";
            case Shape.Tagged tagged -> "dictionary";
            case Shape.AnyObject object -> "dictionary";
            case Shape.MapOf map -> "dictionary";
            case Shape.Anything anything -> "value";
        };
    }
}
