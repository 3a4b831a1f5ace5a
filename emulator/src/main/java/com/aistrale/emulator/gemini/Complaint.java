package com.aistrale.emulator.gemini;

import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.shape.Path;
import com.aistrale.emulator.shape.Shape;
import com.aistrale.emulator.shape.Violation;
import com.aistrale.emulator.wire.Refusal;
import com.aistrale.emulator.wire.Turn;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;

/** Gemini's words for a request that does not have its shape: all that the parser finds, or all that is out of bounds. */
final class Complaint {
    private Complaint() {}

    static Refusal of(List<Violation> violations, Turn turn) {
        List<String> unparsable = new ArrayList<>();
        List<String> outOfBounds = new ArrayList<>();
        ArrayNode fields = Json.array();
        for (Violation violation : violations) {
            switch (violation) {
                case Violation.Unknown unknown -> {
                    Path parent = unknown.path().parent();
                    String message = "Invalid JSON payload received. Unknown name \""
                            + unknown.path().last() + "\""
                            + (parent.steps().isEmpty() ? "" : " at '" + Spelling.snake(parent) + "'")
                            + ": Cannot find field.";
                    unparsable.add(message);
                    var field = fields.addObject();
                    if (!parent.steps().isEmpty()) {
                        field.put("field", Spelling.snake(parent));
                    }
                    field.put("description", message);
                }
                case Violation.WrongKind wrong -> {
                    String message = "Invalid value at '" + Spelling.snake(wrong.path()) + "' ("
                            + type(wrong.expected()) + "), " + wrong.actual();
                    unparsable.add(message);
                    fields.addObject()
                            .put("field", Spelling.snake(wrong.path()))
                            .put("description", message);
                }
                case Violation.NotAllowed wrong -> {
                    String message = "Invalid value at '" + Spelling.snake(wrong.path()) + "' (TYPE_ENUM), \""
                            + wrong.value() + "\"";
                    unparsable.add(message);
                    fields.addObject()
                            .put("field", Spelling.snake(wrong.path()))
                            .put("description", message);
                }
                case Violation.TooSmall small -> outOfBounds.add(bounds(small.path(), small.expected()));
                case Violation.TooLarge large -> outOfBounds.add(bounds(large.path(), large.expected()));
                case Violation.Missing missing ->
                    outOfBounds.add("* GenerateContentRequest." + Spelling.snake(missing.path()) + ": is required\n");
                case Violation.TooFew few ->
                    outOfBounds.add("* GenerateContentRequest." + Spelling.snake(few.path()) + ": must not be empty\n");
            }
        }
        if (unparsable.isEmpty()) {
            return Errors.invalid(String.join("", outOfBounds), turn);
        }
        ArrayNode details = Json.array();
        details.addObject()
                .put("@type", "type.googleapis.com/google.rpc.BadRequest")
                .set("fieldViolations", fields);
        return new Refusal(Errors.error(400, String.join("\n", unparsable), details, turn));
    }

    private static String bounds(Path path, Shape shape) {
        String range = switch (shape) {
            case Shape.Decimal(double least, double most) -> "[" + least + ", " + most + "]";
            case Shape.Whole(long least, long most) -> "[" + least + ", " + most + "]";
            default -> throw new IllegalStateException("no bounds: " + shape);
        };
        return "* GenerateContentRequest." + Spelling.snake(path) + ": " + path.last() + " must be in the range "
                + range + ".\n";
    }

    private static String type(Shape shape) {
        return switch (shape) {
            case Shape.Text text -> "TYPE_STRING";
            case Shape.Whole whole -> "TYPE_INT32";
            case Shape.Decimal decimal -> "TYPE_FLOAT";
            case Shape.Flag flag -> "TYPE_BOOL";
            case Shape.Items items -> "repeated field";
            case Shape.OneOf(var alternatives) -> type(alternatives.getLast());
            case Shape.Deferred(var inner) -> type(inner.get());
            case Shape.Fields fields -> "message";
            case Shape.Tagged tagged -> "message";
            case Shape.MapOf map -> "map";
            case Shape.AnyObject object -> "message";
            case Shape.Anything anything -> "value";
        };
    }
}
