package com.aistrale.server.inference;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation. A tool's answer is a message of role {@link Role#TOOL} with {@link Part.ToolResult}s.
 *
 * @param name the author's name, as OpenAI's format has it, or null
 */
public record Message(Role role, List<Part> parts, @Nullable String name) {

    /** {@code developer} of OpenAI's format is {@link #SYSTEM}. */
    public enum Role {
        SYSTEM,
        USER,
        ASSISTANT,
        TOOL
    }

    public Message {
        parts = List.copyOf(parts);
    }

    public static Message of(Role role, String text) {
        return new Message(role, List.of(new Part.Text(text, null)), null);
    }

    Message withoutCacheMarkers() {
        return new Message(role, parts.stream().map(Message::unmarked).toList(), name);
    }

    private static Part unmarked(Part part) {
        return switch (part) {
            case Part.Text text -> new Part.Text(text.text(), null);
            case Part.Image image -> new Part.Image(image.url(), image.detail(), null);
            case Part.ToolResult result -> new Part.ToolResult(result.callId(), result.content(), null);
            default -> part;
        };
    }

    /** All text parts, one after the other. */
    public String text() {
        if (parts.size() == 1 && parts.getFirst() instanceof Part.Text only) {
            return only.text();
        }
        var all = new StringBuilder();
        for (var part : parts) {
            if (part instanceof Part.Text text) {
                all.append(text.text());
            }
        }
        return all.toString();
    }
}
