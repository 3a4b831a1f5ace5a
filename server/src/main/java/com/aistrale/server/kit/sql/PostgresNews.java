package com.aistrale.server.kit.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what other nodes tell with NOTIFY, on a connection of its own. That is a shortcut, and no promise: what was told
 * while the connection was broken is not heard, so who waits looks by itself now and then.
 */
final class PostgresNews implements AutoCloseable {
    static final String TELL = "NOTIFY aistrale_news";

    private static final Logger LOG = LoggerFactory.getLogger(PostgresNews.class);
    private static final String LISTEN = "LISTEN aistrale_news";
    private static final Duration PIECE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** Opens the connection. */
    interface Opener {
        Connection open() throws SQLException;
    }

    private final Opener opener;
    private final Runnable heard;
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable Connection connection;

    PostgresNews(Opener opener, Runnable heard) {
        this.opener = opener;
        this.heard = heard;
        this.thread = Thread.ofPlatform().daemon().name("database-news").start(this::run);
    }

    private void run() {
        boolean failing = false;
        while (!closed) {
            try (var open = opener.open()) {
                connection = open;
                try (var listen = open.createStatement()) {
                    listen.setQueryTimeout((int) PIECE.toSeconds());
                    listen.execute(LISTEN);
                    failing = false;
                    heard.run(); // perhaps something was told meanwhile
                    hear(open.unwrap(PGConnection.class), listen);
                }
            } catch (SQLException | RuntimeException broken) {
                if (!failing && !closed) {
                    LOG.warn("other nodes' news are not heard for a while: {}", broken.getMessage());
                }
                failing = true;
                pause();
            }
        }
    }

    private void hear(PGConnection from, Statement listen) throws SQLException {
        while (!closed) {
            var news = from.getNotifications((int) PIECE.toMillis());
            if (news != null && news.length > 0) {
                heard.run();
            } else {
                listen.execute(LISTEN); // which also shows whether somebody is there
            }
        }
    }

    private void pause() {
        try {
            if (!closed) {
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        var open = connection;
        if (open != null) {
            try {
                open.abort(Runnable::run); // its thread waits in a read
            } catch (SQLException gone) {
                LOG.debug("closing a broken connection", gone);
            }
        }
        try {
            thread.join(PAUSE);
        } catch (InterruptedException early) {
            Thread.currentThread().interrupt();
        }
    }
}
