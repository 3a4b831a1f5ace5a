package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.Leftovers;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the answers of tools. Other formats have text there and nothing else: what is to be seen follows. One thread. */
final class ToolResultReader {
    private static final Set<String> FIELDS = Set.of("type", "tool_use_id", "content", "is_error", "cache_control");

    private final Reading reading;
    private final Leftovers leftovers;
    private final SourcesReader sources;
    private final Set<String> referred = new HashSet<>();

    ToolResultReader(Reading reading, Leftovers leftovers, SourcesReader sources) {
        this.reading = reading;
        this.leftovers = leftovers;
        this.sources = sources;
    }

    /** The tools that answers referred to so far. */
    Set<String> referred() {
        return referred;
    }

    /** @param follows gets images and files, with a word on whose they are */
    Part.ToolResult read(ObjectNode block, Pointer at, List<Part> follows) {
        leftovers.unknownFields(block, at, FIELDS);
        var id = reading.required(block, at, "tool_use_id");
        var shown = new ArrayList<Part>(0);
        var text = text(block, at, shown);
        if (!shown.isEmpty()) {
            text = text.isEmpty() ? announced(shown) : text;
            follows.add(new Part.Text("From the answer to the tool call " + id + ":", null));
            follows.addAll(shown);
        }
        if (Boolean.TRUE.equals(reading.bool(block, at, "is_error"))) {
            text = failed(text);
        }
        return new Part.ToolResult(id, text, Reading.said(block, "cache_control"));
    }

    /** That a tool failed is said in words, where it is not said already: no other format has a field for it. */
    private static String failed(String text) {
        if (text.toLowerCase(Locale.ROOT).contains("error")) {
            return text;
        }
        return text.isEmpty() ? "Error" : "Error: " + text;
    }

    private static String announced(List<Part> shown) {
        return shown.size() == 1 && shown.getFirst() instanceof Part.Image
                ? "The answer is an image, which follows."
                : "The answer is images or documents, which follow.";
    }

    private String text(ObjectNode block, Pointer at, List<Part> shown) {
        var content = Reading.said(block, "content");
        var here = at.field("content");
        if (content == null) {
            return "";
        }
        if (content.isString()) {
            return content.stringValue();
        }
        if (!(content instanceof ArrayNode array)) {
            reading.wrongType(content, here, "a string or an array of blocks");
            return "";
        }
        var texts = new ArrayList<String>(array.size());
        for (int i = 0; i < array.size(); i++) {
            if (array.get(i) instanceof ObjectNode piece) {
                piece(piece, here.at(i), texts, shown);
            } else {
                reading.wrongType(array.get(i), here.at(i), "an object with a `type`");
            }
        }
        return String.join("\n", texts);
    }

    private void piece(ObjectNode piece, Pointer at, List<String> texts, List<Part> shown) {
        var type = reading.required(piece, at, "type");
        var part = switch (type) {
            case "text" -> {
                leftovers.unknownFields(piece, at, BlocksReader.TEXT);
                yield new Part.Text(reading.required(piece, at, "text"), null);
            }
            case "tool_reference" -> {
                var name = reading.required(piece, at, "tool_name");
                referred.add(name);
                yield new Part.Text("The tool " + name + " can be called now.", null);
            }
            case "image" -> sources.image(piece, at);
            case "document" -> sources.document(piece, at);
            default -> null;
        };
        if (part instanceof Part.Text text) {
            texts.add(text.text());
        } else if (part != null) {
            shown.add(part);
        } else if (!type.isEmpty()) {
            leftovers.keep(at, piece, "a tool's answer can have text, images and documents");
        }
    }
}
