package com.aistrale;

import com.aistrale.internal.Fields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tool that the model wants called.
 *
 * @param id by which the tool's result names the call
 * @param name the tool's name
 * @param arguments the arguments as JSON text, written by the model: it may be wrong
 * @param json the whole object as it came, in OpenAI's shape
 */
public record ToolCall(String id, String name, String arguments, Map<String, @Nullable Object> json) {
    static ToolCall read(Fields fields) {
        var function = fields.optional("function", f -> f);
        var called = function == null ? new Fields("tool call's function", Map.of()) : function;
        var arguments = called.optionalText("arguments");
        return new ToolCall(fields.text("id"), called.text("name"), arguments == null ? "" : arguments, fields.json());
    }
}
