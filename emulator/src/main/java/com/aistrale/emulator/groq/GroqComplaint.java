package com.aistrale.emulator.groq;

import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.openai.Problem;
import com.aistrale.emulator.shape.Shape;
import com.aistrale.emulator.shape.Violation;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Groq's words for wrong requests. */
final class GroqComplaint {
    private GroqComplaint() {}

    static String of(Violation violation, JsonNode body) {
        List<Object> steps = violation.path().steps();
        if (steps.size() > 2 && steps.getFirst().equals("messages") && steps.get(1) instanceof Integer index) {
            String role = Json.text(body.path("messages").path(index), "role");
            return "'messages." + index + "' : for 'role:" + role + "' the following must be satisfied[("
                    + bare(violation) + ")]";
        }
        return bare(violation);
    }

    private static String bare(Violation violation) {
        String at = "'" + violation.path().dotted() + "'";
        return switch (violation) {
            case Violation.Unknown unknown -> {
                String field = "property '" + unknown.path().last() + "' is unsupported";
                yield unknown.path().steps().size() == 1
                        ? field
                        : "'" + unknown.path().parent().dotted() + "' : " + field;
            }
            case Violation.Missing missing ->
                "'" + missing.path().parent().dotted() + "' : property '"
                        + missing.path().last() + "' is missing";
            case Violation.WrongKind wrong -> at + " : value must be " + kind(wrong.expected());
            case Violation.NotAllowed wrong ->
                at + " : value is not one of the allowed values " + Json.write(strings(wrong.allowed()));
            case Violation.TooSmall small -> at + " : number must be at least " + least(small.expected());
            case Violation.TooLarge large -> at + " : number must be at most " + most(large.expected());
            case Violation.TooFew few -> at + " : minimum number of items is " + few.least();
        };
    }

    static String of(Problem problem) {
        return switch (problem) {
            case Problem.ResultWithoutCall(var at) ->
                "'messages." + at.steps().get(1) + "' : for 'role:tool' the following must be satisfied[('messages."
                        + at.steps().get(1) + ".tool_call_id' : value must be the id of a preceding tool call)]";
            case Problem.CallWithoutResult(int message, int next, var ids) ->
                "'messages." + message + "' : tool calls without a response message: " + String.join(", ", ids);
            case Problem.Unsupported(var parameter, var instead) ->
                "`" + parameter + "` is not supported with this model";
            case Problem.OnlyDefault(var parameter, var value) ->
                "`" + parameter + "` is not supported with this model";
            case Problem.NoMentionOfJson none ->
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
            case Problem.BadSchema(var at, var name, var reason) ->
                "invalid JSON schema for response_format: '" + name + "': " + reason;
            case Problem.BadImage(var at, boolean undecodable) -> "invalid image data";
            case Problem.ChoiceWithoutTools none -> "tool_choice is only allowed when tools are specified";
            case Problem.NoSuchTool(var name, var offered) -> "tool '" + name + "' not found in tools";
            case Problem.BothLimits none -> "only one of max_tokens and max_completion_tokens may be set";
            case Problem.StreamOptionsWithoutStream none -> "`stream_options` is only allowed when `stream` is true";
        };
    }

    private static String kind(Shape shape) {
        return switch (shape) {
            case Shape.Text text -> "a string";
            case Shape.Whole whole -> "an integer";
            case Shape.Decimal decimal -> "a number";
            case Shape.Flag flag -> "a boolean";
            case Shape.Items items -> "an array";
            case Shape.OneOf(var alternatives) ->
                String.join(
                        " or ", alternatives.stream().map(GroqComplaint::kind).toList());
            case Shape.Deferred(var inner) -> kind(inner.get());
            case Shape.Fields fields -> "an object";
            case Shape.Tagged tagged -> "an object";
            case Shape.AnyObject object -> "an object";
            case Shape.MapOf map -> "an object";
            case Shape.Anything anything -> "anything";
        };
    }

    private static String least(Shape shape) {
        return shape instanceof Shape.Whole(long least, long most)
                ? String.valueOf(least)
                : shape instanceof Shape.Decimal(double low, double high) ? String.valueOf(low) : "";
    }

    private static String most(Shape shape) {
        return shape instanceof Shape.Whole(long least, long most)
                ? String.valueOf(most)
                : shape instanceof Shape.Decimal(double low, double high) ? String.valueOf(high) : "";
    }

    private static JsonNode strings(List<String> values) {
        var array = Json.array();
        values.forEach(array::add);
        return array;
    }
}
