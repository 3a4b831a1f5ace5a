package com.aistrale.emulator.openai;

import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.shape.Shape;
import com.aistrale.emulator.shape.Violation;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What OpenAI says of a wrong request: the members of its error object. */
record Complaint(
        String message, @Nullable String param, @Nullable String code) {

    static Complaint of(Violation violation, JsonNode body) {
        String at = violation.path().bracketed();
        return switch (violation) {
            case Violation.Unknown unknown
            when unknown.path().steps().size() == 1 ->
                new Complaint("Unrecognized request argument supplied: " + at, null, null);
            case Violation.Unknown unknown ->
                new Complaint("Unknown parameter: '" + at + "'.", at, "unknown_parameter");
            case Violation.Missing missing
            when at.equals("model") -> new Complaint("you must provide a model parameter", null, null);
            case Violation.Missing missing ->
                new Complaint("Missing required parameter: '" + at + "'.", at, "missing_required_parameter");
            case Violation.WrongKind wrong -> wrongKind(wrong, at);
            case Violation.NotAllowed wrong ->
                new Complaint(
                        "Invalid value: '" + wrong.value() + "'. Supported values are: " + quoted(wrong.allowed())
                                + ".",
                        at,
                        "invalid_value");
            case Violation.TooSmall small -> outOf(at, small.expected(), small.actual(), false);
            case Violation.TooLarge large -> outOf(at, large.expected(), large.actual(), true);
            case Violation.TooFew few ->
                new Complaint(
                        "Invalid '" + at + "': empty array. Expected an array with minimum length " + few.least()
                                + ", but got an empty array instead.",
                        at,
                        "empty_array");
        };
    }

    private static Complaint wrongKind(Violation.WrongKind wrong, String at) {
        if (at.isEmpty()) {
            return new Complaint(
                    "Invalid body: expected an object, but got " + kind(wrong.actual()) + " instead.", null, null);
        }
        return new Complaint(
                "Invalid type for '" + at + "': expected " + kind(wrong.expected()) + ", but got "
                        + kind(wrong.actual()) + " instead.",
                at,
                "invalid_type");
    }

    private static Complaint outOf(String at, Shape expected, JsonNode actual, boolean above) {
        boolean whole = expected instanceof Shape.Whole;
        String bound = switch (expected) {
            case Shape.Whole(long least, long most) -> String.valueOf(above ? most : least);
            case Shape.Decimal(double least, double most) -> plain(above ? most : least);
            default -> throw new IllegalStateException("no bounds: " + expected);
        };
        return new Complaint(
                "Invalid '" + at + "': " + (whole ? "integer " : "decimal ")
                        + (above ? "above maximum" : "below minimum")
                        + " value. Expected a value " + (above ? "<= " : ">= ") + bound + ", but got " + actual
                        + " instead.",
                at,
                (whole ? "integer_" : "decimal_") + (above ? "above_max_value" : "below_min_value"));
    }

    private static String plain(double bound) {
        return bound % 1 == 0 ? String.valueOf((long) bound) : String.valueOf(bound);
    }

    static Complaint of(Problem problem) {
        return switch (problem) {
            case Problem.ResultWithoutCall(var at) ->
                new Complaint(
                        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
                                + "'tool_calls'.",
                        "messages.[" + at.steps().get(1) + "].role",
                        null);
            case Problem.CallWithoutResult(int message, int next, var ids) ->
                new Complaint(
                        "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                                + "'tool_call_id'. The following tool_call_ids did not have response messages: "
                                + String.join(", ", ids),
                        "messages.[" + next + "].role",
                        null);
            case Problem.Unsupported(var parameter, var instead)
            when !instead.isEmpty() ->
                new Complaint(
                        "Unsupported parameter: '" + parameter + "' is not supported with this model. Use '" + instead
                                + "' instead.",
                        parameter,
                        "unsupported_parameter");
            case Problem.Unsupported(var parameter, var none) ->
                new Complaint(
                        "Unsupported parameter: '" + parameter + "' is not supported with this model.",
                        parameter,
                        "unsupported_parameter");
            case Problem.OnlyDefault(var parameter, var value) ->
                new Complaint(
                        "Unsupported value: '" + parameter + "' does not support " + value
                                + " with this model. Only the default (1) value is supported.",
                        parameter,
                        "unsupported_value");
            case Problem.NoMentionOfJson none ->
                new Complaint(
                        "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
                                + "'json_object'.",
                        "messages",
                        null);
            case Problem.BadSchema(var at, var name, var reason) ->
                new Complaint("Invalid schema for response_format '" + name + "': " + reason, at.bracketed(), null);
            case Problem.BadImage(var at, boolean undecodable)
            when undecodable -> new Complaint("Invalid base64 image_url.", at.bracketed(), "invalid_value");
            case Problem.BadImage(var at, boolean decoded) ->
                new Complaint(
                        "You uploaded an unsupported image. Please make sure your image is valid.",
                        null,
                        "image_parse_error");
            case Problem.ChoiceWithoutTools none ->
                new Complaint(
                        "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
                        "tool_choice",
                        null);
            case Problem.NoSuchTool(var name, var offered) ->
                new Complaint(
                        "Tool choice '" + name + "' not found in 'tools' parameter.",
                        "tool_choice.function.name",
                        null);
            case Problem.BothLimits none ->
                new Complaint(
                        "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
                        "max_tokens",
                        "invalid_parameter_combination");
            case Problem.StreamOptionsWithoutStream none ->
                new Complaint(
                        "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                        "stream_options",
                        null);
        };
    }

    /** The whole error body. */
    ObjectNode body(String type) {
        ObjectNode body = Json.object();
        body.putObject("error")
                .put("message", message)
                .put("type", type)
                .put("param", param)
                .put("code", code);
        return body;
    }

    private static String quoted(List<String> values) {
        List<String> quoted = values.stream().map(value -> "'" + value + "'").toList();
        return quoted.size() < 2
                ? String.join("", quoted)
                : String.join(", ", quoted.subList(0, quoted.size() - 1)) + (quoted.size() > 2 ? "," : "") + " and "
                        + quoted.getLast();
    }

    private static String kind(JsonNode node) {
        if (node.isNull()) {
            return "null";
        }
        if (node.isString()) {
            return "a string";
        }
        if (node.isBoolean()) {
            return "a boolean";
        }
        if (node.isIntegralNumber()) {
            return "an integer";
        }
        if (node.isNumber()) {
            return "a decimal";
        }
        return node.isArray() ? "an array" : "an object";
    }

    private static String kind(Shape shape) {
        return switch (shape) {
            case Shape.Text text -> "a string";
            case Shape.Whole whole -> "an integer";
            case Shape.Decimal decimal -> "a decimal";
            case Shape.Flag flag -> "a boolean";
            case Shape.Items(Shape.Tagged each, int least) -> "an array of objects";
            case Shape.Items(Shape.Text each, int least) -> "an array of strings";
            case Shape.Items items -> "an array";
            case Shape.OneOf(var alternatives) ->
                "one of "
                        + String.join(
                                " or ",
                                alternatives.stream().map(Complaint::kind).toList());
            case Shape.Deferred(var inner) -> kind(inner.get());
            case Shape.Fields fields -> "an object";
            case Shape.Tagged tagged -> "an object";
            case Shape.AnyObject object -> "an object";
            case Shape.MapOf map -> "an object";
            case Shape.Anything anything -> "anything";
        };
    }
}
