package com.aistrale.emulator.conformance;

import com.aistrale.emulator.conformance.Step.End;
import com.aistrale.emulator.conformance.Step.Framing;
import com.aistrale.emulator.conformance.Step.Piece;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Reads a step of a script, and fills in what it leaves to the format. */
final class StepReader {
    private static final Set<String> FIELDS = Set.of(
            "status",
            "headers",
            "body",
            "text",
            "base64",
            "sse",
            "inference",
            "stream",
            "problem",
            "newline",
            "bom",
            "last_blank_line",
            "delay_ms",
            "body_delay_ms",
            "chunk_bytes",
            "chunk_delay_ms",
            "cut_after_bytes",
            "cut",
            "framing",
            "off_contract");
    private static final Set<String> BROKEN_FIELDS = Set.of("connection", "delay_ms");
    private static final Set<String> EVENT_FIELDS =
            Set.of("event", "id", "data", "retry", "delay_ms", "comment", "raw", "raw_base64");
    private static final String IN_SECONDS = "$http_date:";

    /** RFC 9110, 5.6.7: a day has two digits. */
    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);

    private final InstantSource clock;

    StepReader(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * The step, as an answer to the request of that number (from 1).
     *
     * @param url the play's, for headers that name it
     * @throws IllegalArgumentException for what the format does not have
     */
    Step read(JsonNode said, int number, String url) {
        if (said.has("connection")) {
            Exact.only(said, "a step without an answer", BROKEN_FIELDS);
            return new Step.Broken(end(said.get("connection").asString()), number(said, "delay_ms", 0));
        }
        Exact.only(said, "a step", FIELDS);
        List<String> kinds = Answers.KINDS.stream().filter(said::has).toList();
        if (kinds.size() > 1) {
            throw new IllegalArgumentException("a step has one of " + Answers.KINDS + ", not " + kinds);
        }
        String kind = kinds.isEmpty() ? "nothing" : kinds.getFirst();
        int status = number(said, "status", 200);
        String requestId = "req_" + number;
        boolean events = kind.equals("sse") || kind.equals("stream");
        List<Piece> pieces = events ? events(said, kind) : List.of(new Piece(0, body(said, kind, status, requestId)));
        Framing framing = said.has("framing")
                ? Framing.valueOf(said.get("framing").asString().toUpperCase(Locale.ROOT))
                : events ? Framing.CHUNKED : Framing.LENGTH;
        return new Step.Answer(
                status,
                headers(said, kind, requestId, url),
                pieces,
                framing,
                number(said, "delay_ms", 0),
                number(said, "body_delay_ms", 0),
                number(said, "chunk_bytes", 0),
                number(said, "chunk_delay_ms", 0),
                number(said, "cut_after_bytes", Integer.MAX_VALUE),
                said.has("cut") ? end(said.get("cut").asString()) : End.WHOLE);
    }

    private static byte[] body(JsonNode said, String kind, int status, String requestId) {
        return switch (kind) {
            case "body" -> Exact.bytes(said.get("body"));
            case "text" -> said.get("text").asString().getBytes(StandardCharsets.UTF_8);
            case "base64" -> Base64.getDecoder().decode(said.get("base64").asString());
            case "inference" -> Exact.bytes(Answers.inference(said.get("inference")));
            case "problem" -> Exact.bytes(Answers.problem(status, requestId, said.get("problem")));
            default -> new byte[0];
        };
    }

    private Map<String, String> headers(JsonNode said, String kind, String requestId, String url) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("x-request-id", requestId);
        switch (kind) {
            case "sse", "stream" -> headers.put("content-type", "text/event-stream; charset=utf-8");
            case "body", "inference" -> headers.put("content-type", "application/json");
            case "problem" -> headers.put("content-type", "application/problem+json");
            case "text" -> headers.put("content-type", "text/plain; charset=utf-8");
            default -> {}
        }
        if (kind.equals("inference") || kind.equals("stream")) {
            String id = (kind.equals("stream") ? said.get("stream").path("inference") : said.get("inference"))
                    .path("id")
                    .asString(Answers.INFERENCE);
            headers.put("x-aistrale-inference-id", id);
        }
        for (Map.Entry<String, JsonNode> header : said.path("headers").properties()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (header.getValue().isNull()) {
                headers.remove(name);
            } else {
                headers.put(name, value(header.getValue().asString().replace("$url", url)));
            }
        }
        return headers;
    }

    /** A header's value; {@code $http_date:+2} is the moment in two seconds, rounded up to a whole one. */
    private String value(String said) {
        if (!said.startsWith(IN_SECONDS)) {
            return said;
        }
        long seconds = Long.parseLong(said.substring(IN_SECONDS.length()));
        Instant moment =
                clock.instant().plusSeconds(seconds).plusNanos(999_999_999).truncatedTo(ChronoUnit.SECONDS);
        return HTTP_DATE.format(moment.atOffset(ZoneOffset.UTC));
    }

    private static List<Piece> events(JsonNode said, String kind) {
        String newline = said.path("newline").asString("\n");
        List<Piece> pieces = new ArrayList<>();
        JsonNode events = kind.equals("stream") ? Answers.stream(said.get("stream")) : said.get("sse");
        for (JsonNode event : events) {
            Exact.only(event, "an event", EVENT_FIELDS);
            pieces.add(new Piece(number(event, "delay_ms", 0), event(event, newline)));
        }
        if (!said.path("last_blank_line").asBoolean(true)) {
            Piece last = pieces.removeLast();
            String text = new String(last.bytes(), StandardCharsets.UTF_8);
            text = text.endsWith(newline + newline) ? text.substring(0, text.length() - newline.length()) : text;
            pieces.add(new Piece(last.delayMs(), text.getBytes(StandardCharsets.UTF_8)));
        }
        if (said.path("bom").asBoolean(false)) {
            pieces.addFirst(new Piece(0, new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf}));
        }
        return List.copyOf(pieces);
    }

    private static byte[] event(JsonNode event, String newline) {
        if (event.has("raw_base64")) {
            return Base64.getDecoder().decode(event.get("raw_base64").asString());
        }
        StringBuilder text = new StringBuilder();
        if (event.has("raw")) {
            text.append(event.get("raw").asString());
        } else if (event.has("comment")) {
            text.append(": ")
                    .append(event.get("comment").asString())
                    .append(newline)
                    .append(newline);
        } else {
            line(text, "event", event.path("event"), newline);
            line(text, "id", event.path("id"), newline);
            line(text, "retry", event.path("retry"), newline);
            JsonNode data = event.path("data");
            String content =
                    data.isString() ? data.stringValue() : new String(Exact.bytes(data), StandardCharsets.UTF_8);
            for (String one : data.isMissingNode() ? new String[0] : content.split("\n", -1)) {
                text.append("data: ").append(one).append(newline);
            }
            text.append(newline);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void line(StringBuilder text, String field, JsonNode value, String newline) {
        if (!value.isMissingNode() && !value.isNull()) {
            text.append(field).append(": ").append(value.asString()).append(newline);
        }
    }

    private static End end(String said) {
        return switch (said) {
            case "close" -> End.CLOSE;
            case "reset" -> End.RESET;
            case "hang" -> End.HANG;
            default -> throw new IllegalArgumentException("a connection ends by close, reset or hang, not " + said);
        };
    }

    private static int number(JsonNode said, String field, int otherwise) {
        JsonNode value = said.path(field);
        if (value instanceof MissingNode) {
            return otherwise;
        }
        if (!value.isInt() || value.intValue() < 0) {
            throw new IllegalArgumentException(field + " is a whole number from 0, not " + value);
        }
        return value.intValue();
    }
}
