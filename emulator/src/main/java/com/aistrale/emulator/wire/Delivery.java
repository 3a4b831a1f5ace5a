package com.aistrale.emulator.wire;

import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.fault.Fault;
import com.aistrale.emulator.http.ClientGone;
import com.aistrale.emulator.http.Exchange;
import com.aistrale.emulator.journal.Journal;
import com.aistrale.emulator.journal.Recorded.Ending;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Sends a reply, broken as the faults say. */
final class Delivery {
    private static final int PIECE = 16;

    private final Exchange exchange;
    private final Journal.Entry entry;

    Delivery(Exchange exchange, Journal.Entry entry) {
        this.exchange = exchange;
        this.entry = entry;
    }

    /** Sends it all, or as much as the faults let through; says how it ended. */
    Ending deliver(Reply reply, List<Fault> faults) {
        find(faults, Fault.Delay.class).ifPresent(delay -> exchange.pause(delay.millis()));
        if (find(faults, Fault.Hang.class).isPresent()) {
            exchange.pause(Duration.ofDays(1).toMillis());
        }
        Optional<Reply.Whole> instead = instead(reply, faults);
        return switch (instead.<Reply>map(whole -> whole).orElse(reply)) {
            case Reply.Whole whole -> whole(whole, faults);
            case Reply.Stream stream -> stream(stream, faults);
        };
    }

    private static Optional<Reply.Whole> instead(Reply reply, List<Fault> faults) {
        Optional<Fault.Html> html = find(faults, Fault.Html.class);
        if (html.isPresent()) {
            String page = "<html><head><title>" + html.get().status() + "</title></head><body><center><h1>"
                    + html.get().status() + "</h1></center><hr><center>proxy</center></body></html>\n";
            return Optional.of(new Reply.Whole(html.get().status(), Map.of(), "text/html", page));
        }
        if (find(faults, Fault.EmptyBody.class).isPresent()) {
            return Optional.of(new Reply.Whole(200, reply.headers(), "application/json", ""));
        }
        int status = find(faults, Fault.Status.class).map(Fault.Status::status).orElse(200);
        return find(faults, Fault.Body.class)
                .map(body -> new Reply.Whole(status, reply.headers(), "application/json", body.body()));
    }

    private Ending whole(Reply.Whole whole, List<Fault> faults) {
        byte[] body = whole.body().getBytes(StandardCharsets.UTF_8);
        if (find(faults, Fault.MalformedChunk.class).isPresent()) {
            body = Arrays.copyOf(body, body.length * 2 / 3);
        }
        Map<String, String> headers = headers(whole.headers(), whole.contentType(), faults);
        entry.status(whole.status());
        boolean cut = find(faults, Fault.CutAfter.class).isPresent();
        boolean reset = find(faults, Fault.ResetAfter.class).isPresent();
        int drip = find(faults, Fault.Drip.class).map(Fault.Drip::millis).orElse(0);
        if (!cut && !reset && drip == 0) {
            entry.end(Ending.ANSWERED);
            exchange.whole(whole.status(), headers, body);
            return Ending.ANSWERED;
        }
        exchange.beginSized(whole.status(), headers, body.length);
        int end = cut || reset ? body.length / 2 : body.length;
        for (int at = 0; at < end; at += PIECE) {
            exchange.pause(drip);
            exchange.write(Arrays.copyOfRange(body, at, Math.min(end, at + PIECE)));
        }
        return cut || reset ? broken(reset) : Ending.ANSWERED;
    }

    private Ending stream(Reply.Stream stream, List<Fault> faults) {
        int drip = find(faults, Fault.Drip.class).map(Fault.Drip::millis).orElse(0);
        int cut = find(faults, Fault.CutAfter.class).map(Fault.CutAfter::chunks).orElse(Integer.MAX_VALUE);
        int reset = find(faults, Fault.ResetAfter.class)
                .map(Fault.ResetAfter::chunks)
                .orElse(Integer.MAX_VALUE);
        int error = find(faults, Fault.ErrorAfter.class)
                .map(Fault.ErrorAfter::chunks)
                .orElse(Integer.MAX_VALUE);
        int malformed = find(faults, Fault.MalformedChunk.class)
                .map(Fault.MalformedChunk::number)
                .orElse(0);
        entry.status(200);
        exchange.beginChunked(200, headers(stream.headers(), "text/event-stream; charset=utf-8", faults));
        int sent = 0;
        for (Reply.Event event : stream.events()) {
            if (sent == cut || sent == reset) {
                return broken(sent == reset);
            }
            exchange.pause(drip);
            if (sent == error) {
                return last(stream.broken());
            }
            sent++;
            entry.chunks(sent);
            Reply.Event out = sent == malformed ? torn(event) : event;
            if (sent == stream.events().size() && cut == Integer.MAX_VALUE && reset == Integer.MAX_VALUE) {
                return last(out);
            }
            exchange.chunk(bytes(out));
        }
        if (cut != Integer.MAX_VALUE || reset != Integer.MAX_VALUE) {
            return broken(reset != Integer.MAX_VALUE);
        }
        exchange.end();
        return Ending.ANSWERED;
    }

    /**
     * Sends the last event and the end. Who has the event has the answer: the journal says so before the client can look,
     * and a client that closes on the event without waiting for the end has not left early.
     */
    private Ending last(Reply.Event event) {
        entry.end(Ending.ANSWERED);
        exchange.chunk(bytes(event));
        try {
            exchange.end();
        } catch (ClientGone satisfied) {
            exchange.cut();
        }
        return Ending.ANSWERED;
    }

    private Ending broken(boolean reset) {
        entry.end(Ending.CUT);
        if (reset) {
            exchange.reset();
        } else {
            exchange.cut();
        }
        return Ending.CUT;
    }

    private static Reply.Event torn(Reply.Event event) {
        return new Reply.Event(
                event.name(), event.data().substring(0, event.data().length() * 2 / 3));
    }

    private static byte[] bytes(Reply.Event event) {
        return event.text().getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, String> headers(Map<String, String> own, String contentType, List<Fault> faults) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("content-type", contentType);
        own.forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
        for (Fault fault : faults) {
            if (fault instanceof Fault.Header(String name, String value)) {
                headers.put(name.toLowerCase(Locale.ROOT), value);
            }
        }
        return headers;
    }

    private static <F extends Fault> Optional<F> find(List<Fault> faults, Class<F> kind) {
        return Behaviour.find(faults, kind);
    }
}
