package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.EventOptions;
import com.aistrale.EventStream;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Base64;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Puts together what {@code webhooks listen} works with, and says what it will do. */
record Listening(Session session, ListenOptions options, boolean json) {
    private static final String VARIABLE = "AISTRALE_WEBHOOK_SECRET";
    private static final Pattern SECRET = Pattern.compile("whsec_([A-Za-z0-9+/]+={0,2})");
    private static final int SHORTEST = 24;
    private static final int LONGEST = 64;
    private static final int MADE = 32;

    int run() throws InterruptedException {
        var io = session.io();
        var given = given();
        var to = options.forwardTo();
        var secret = given == null && to != null ? made() : given;
        var forwarder = to == null || secret == null ? null : new Forwarder(to, secret, InstantSource.system());
        var exec = options.exec();
        var command = exec == null ? null : new EventCommand(exec, io.env(), json);
        var source = new Server(session);
        var feed = new EventFeed(io, source, options.events(), options.since(), InstantSource.system());
        say(source.url(), forwarder, given == null ? secret : null);
        return new Listener(io, json, forwarder, command, options.since()).run(feed);
    }

    private void say(String url, @Nullable Forwarder forwarder, @Nullable String made) {
        var io = session.io();
        var what = options.events().isEmpty() ? "all events" : String.join(", ", options.events());
        io.note("Listening for " + Io.line(what) + " at " + url + ". Ctrl-C ends it.");
        if (forwarder == null) {
            return;
        }
        if (made == null) {
            io.note("Forwarding to " + forwarder.to() + ", signed with your secret.");
        } else {
            io.note("Forwarding to " + forwarder.to() + ", signed with " + made);
            io.note("The receiver verifies with that. It is made anew each time, unless " + VARIABLE
                    + " or --secret has one.");
        }
    }

    private @Nullable String given() {
        var option = options.secret();
        var variable = session.io().env().getOrDefault(VARIABLE, "").strip();
        if (option == null && (variable.isEmpty() || options.forwardTo() == null)) {
            return null;
        }
        var secret = option == null ? variable : option;
        if (!isSecret(secret)) {
            throw new CliException(
                    (option == null ? VARIABLE : "--secret") + " is no secret of webhooks.",
                    "It is whsec_ and 24 to 64 bytes in base64. Leave it out, and one is made.",
                    Exit.USAGE);
        }
        return secret;
    }

    private static boolean isSecret(String text) {
        var found = SECRET.matcher(text);
        if (!found.matches()) {
            return false;
        }
        try {
            var bytes = Base64.getDecoder().decode(found.group(1));
            return bytes.length >= SHORTEST
                    && bytes.length <= LONGEST
                    && Base64.getEncoder().encodeToString(bytes).equals(found.group(1));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String made() {
        var bytes = new byte[MADE];
        new SecureRandom().nextBytes(bytes);
        return "whsec_" + Base64.getEncoder().encodeToString(bytes);
    }

    /** The server's stream. Once it was reached, no other one is started in its place. */
    private static final class Server implements EventFeed.Source {
        private final Session session;
        private final Aistrale first;

        Server(Session session) {
            this.session = session;
            this.first = session.connected();
        }

        @Override
        public String url() {
            return first.apiUrl();
        }

        @Override
        public EventStream open(EventOptions options) {
            return first.events().stream(options);
        }

        @Override
        public EventStream openOnce(EventOptions options) {
            return session.impatient().events().stream(options);
        }
    }
}
