package com.aistrale.emulator.wire;

import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.fault.Fault;
import com.aistrale.emulator.http.ClientGone;
import com.aistrale.emulator.http.Exchange;
import com.aistrale.emulator.journal.Journal;
import com.aistrale.emulator.journal.Recorded.Ending;
import com.aistrale.emulator.wire.Break.How;
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
    private static final long FOREVER = Duration.ofDays(1).toMillis();

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
            exchange.pause(FOREVER);
        }
        if (find(faults, Fault.Drop.class).isPresent()) {
            return broken(How.CUT);
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
        Pace pace = Pace.of(faults);
        Break end = Break.of(faults);
        entry.status(whole.status());
        if (!end.endsBadly() && pace.equals(Pace.AT_ONCE)) {
            entry.end(Ending.ANSWERED);
            exchange.whole(whole.status(), headers, body);
            return Ending.ANSWERED;
        }
        exchange.beginSized(whole.status(), headers, body.length);
        exchange.pause(pace.start());
        byte[] sent = end.endsBadly() ? Arrays.copyOf(body, body.length / 2) : body;
        for (byte[] piece : pace.pieces(sent, PIECE)) {
            exchange.pause(pace.drip());
            exchange.write(piece);
        }
        return end.endsBadly() ? broken(end.how()) : Ending.ANSWERED;
    }

    private Ending stream(Reply.Stream stream, List<Fault> faults) {
        Pace pace = Pace.of(faults);
        Break end = Break.of(faults);
        int malformed = find(faults, Fault.MalformedChunk.class)
                .map(Fault.MalformedChunk::number)
                .orElse(0);
        entry.status(200);
        exchange.beginChunked(200, headers(stream.headers(), "text/event-stream; charset=utf-8", faults));
        exchange.pause(pace.start());
        int sent = 0;
        for (Reply.Event event : stream.events()) {
            if (sent == end.after()) {
                return end.endsBadly() ? broken(end.how()) : last(stream.broken(), pace);
            }
            sent++;
            Reply.Event out = sent == malformed ? torn(event) : event;
            if (sent == stream.events().size() && !end.endsBadly()) {
                entry.chunks(sent);
                return last(out, pace);
            }
            for (byte[] piece : pieces(out, pace)) {
                exchange.pause(pace.drip());
                entry.chunks(sent);
                exchange.chunk(piece);
            }
        }
        if (end.endsBadly()) {
            return broken(end.how());
        }
        exchange.end();
        return Ending.ANSWERED;
    }

    /**
     * Sends the last event and the end. Who has the event has the answer: the journal says so before the client can look,
     * and a client that closes on the event without waiting for the end has not left early.
     */
    private Ending last(Reply.Event event, Pace pace) {
        List<byte[]> pieces = pieces(event, pace);
        int left = pieces.size();
        for (byte[] piece : pieces) {
            exchange.pause(pace.drip());
            if (--left == 0) {
                entry.end(Ending.ANSWERED);
            }
            exchange.chunk(piece);
        }
        try {
            exchange.end();
        } catch (ClientGone satisfied) {
            exchange.cut();
        }
        return Ending.ANSWERED;
    }

    private Ending broken(How how) {
        switch (how) {
            case HANG -> exchange.pause(FOREVER);
            case RESET -> {
                entry.end(Ending.CUT);
                exchange.reset();
            }
            case CUT, ERROR -> {
                entry.end(Ending.CUT);
                exchange.cut();
            }
        }
        return Ending.CUT;
    }

    private static List<byte[]> pieces(Reply.Event event, Pace pace) {
        byte[] bytes = event.text().getBytes(StandardCharsets.UTF_8);
        return pace.pieces(bytes, bytes.length);
    }

    private static Reply.Event torn(Reply.Event event) {
        return new Reply.Event(
                event.name(), event.data().substring(0, event.data().length() * 2 / 3));
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
