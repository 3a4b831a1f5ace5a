package com.aistrale.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;

/**
 * Server-sent events as the WHATWG's HTML standard reads them, fed with bytes in pieces of any size. Lines end with LF, CR or CRLF; one
 * byte order mark at the start is passed over; what no blank line ended is no event, unless {@link #end} is called. Not for several threads.
 */
public final class SseParser {
    private final int longest;
    private final Consumer<SseEvent> events;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final StringBuilder data = new StringBuilder();
    private String type = "";
    private String lastId = "";
    private String wholeId = "";
    private boolean firstLine = true;
    private boolean afterCarriageReturn;

    /** @param longest the bytes that one line, or the characters that one event's data may have: more is refused */
    public SseParser(int longest, Consumer<SseEvent> events) {
        this.longest = longest;
        this.events = events;
    }

    /** An event or a line that is longer than was agreed. */
    public static final class TooLong extends RuntimeException {
        TooLong(int longest) {
            super("an event of the stream is longer than " + longest + " bytes");
        }
    }

    /** The id of the last event that was whole, one without data too; empty before any. */
    public String lastId() {
        return wholeId;
    }

    /** Nothing more comes: the last event is one although no blank line ended it, whole or not. */
    public void end() {
        if (line.size() > 0) {
            endOfLine();
        }
        dispatch();
    }

    public void feed(byte[] bytes, int from, int count) {
        var start = from;
        for (var i = from; i < from + count; i++) {
            var b = bytes[i];
            if (b == '\n' && afterCarriageReturn) {
                start = i + 1; // the second half of a CRLF whose CR ended the line
            } else if (b == '\n' || b == '\r') {
                keep(bytes, start, i);
                endOfLine();
                start = i + 1;
            }
            afterCarriageReturn = b == '\r';
        }
        keep(bytes, start, from + count);
    }

    private void keep(byte[] bytes, int from, int to) {
        if (line.size() + (to - from) > longest) {
            throw new TooLong(longest);
        }
        line.write(bytes, from, to - from);
    }

    private void endOfLine() {
        var text = line.toString(UTF_8);
        line.reset();
        if (firstLine) {
            firstLine = false;
            text = text.startsWith("\uFEFF") ? text.substring(1) : text;
        }
        if (text.isEmpty()) {
            dispatch();
            return;
        }
        var colon = text.indexOf(':');
        if (colon == 0) {
            return; // a comment
        }
        var field = colon < 0 ? text : text.substring(0, colon);
        var value = colon < 0 ? "" : text.substring(colon + 1);
        take(field, value.startsWith(" ") ? value.substring(1) : value);
    }

    private void take(String field, String value) {
        switch (field) {
            case "event" -> type = value;
            case "data" -> {
                if (data.length() + value.length() > longest) {
                    throw new TooLong(longest);
                }
                data.append(value).append('\n');
            }
            case "id" -> lastId = value.indexOf('\0') < 0 ? value : lastId;
            default -> {} // "retry" is for browsers, and an unknown field is passed over
        }
    }

    private void dispatch() {
        if (data.length() > 0) {
            var event = new SseEvent(type.isEmpty() ? "message" : type, data.substring(0, data.length() - 1), lastId);
            data.setLength(0);
            type = "";
            events.accept(event);
        }
        type = "";
        wholeId = lastId;
    }
}
