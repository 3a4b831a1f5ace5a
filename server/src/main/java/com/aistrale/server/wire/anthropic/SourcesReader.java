package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.Leftovers;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Reads images and documents, by what their {@code source} is. One thread. */
final class SourcesReader {
    private static final Set<String> IMAGE = Set.of("type", "source", "cache_control");
    private static final Set<String> DOCUMENT = Set.of("type", "source", "title", "cache_control", "citations");

    private final Reading reading;
    private final Leftovers leftovers;

    SourcesReader(Reading reading, Leftovers leftovers) {
        this.reading = reading;
        this.leftovers = leftovers;
    }

    /** Null for one that only Anthropic can have, such as a file stored there. */
    @Nullable
    Part image(ObjectNode block, Pointer at) {
        leftovers.unknownFields(block, at, IMAGE);
        var source = source(block, at);
        if (source == null) {
            return null;
        }
        var here = at.field("source");
        var url = switch (reading.required(source, here, "type")) {
            case "base64" -> inline(source, here);
            case "url" -> reading.required(source, here, "url");
            default -> null;
        };
        return url == null ? null : new Part.Image(url, null, Reading.said(block, "cache_control"));
    }

    /** A PDF inline is a file, plain text is text; null for all else. */
    @Nullable
    Part document(ObjectNode block, Pointer at) {
        leftovers.unknownFields(block, at, DOCUMENT);
        var citations = reading.object(block, at, "citations");
        if (citations != null && citations.path("enabled").booleanValue(false)) {
            leftovers.add(at.field("citations"), citations, "has no place here");
        }
        var source = source(block, at);
        if (source == null) {
            return null;
        }
        var here = at.field("source");
        var title = reading.string(block, at, "title");
        return switch (reading.required(source, here, "type")) {
            case "base64" -> pdf(inline(source, here), title);
            case "text" -> {
                var text = reading.required(source, here, "data");
                yield new Part.Text(title == null ? text : title + "\n\n" + text, Reading.said(block, "cache_control"));
            }
            default -> null;
        };
    }

    private static Part pdf(String url, @Nullable String title) {
        var file = Json.object().put("type", "file");
        file.putObject("file")
                .put("filename", title == null ? "document.pdf" : title)
                .put("file_data", url);
        return new Part.Other("file", file);
    }

    private @Nullable ObjectNode source(ObjectNode block, Pointer at) {
        if (Reading.said(block, "source") == null) {
            reading.mistake(at.field("source"), "is missing");
        }
        return reading.object(block, at, "source");
    }

    private String inline(ObjectNode source, Pointer at) {
        return "data:" + reading.required(source, at, "media_type") + ";base64," + reading.required(source, at, "data");
    }
}
