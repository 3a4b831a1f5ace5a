package com.aistrale.server.kit.sql;

import java.sql.SQLException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/** A few connections for reading, each used by one platform thread at a time: SQLite's native calls pin carriers. */
final class Readers implements Database.Reads {
    private final BlockingQueue<Tx> idle;
    private final ExecutorService threads;

    Readers(int count, GroupCommit.Opener opener) throws SQLException {
        idle = new ArrayBlockingQueue<>(count);
        for (int i = 0; i < count; i++) {
            idle.add(opener.open());
        }
        threads = Executors.newFixedThreadPool(
                count, Thread.ofPlatform().name("database-reader-", 0).factory());
    }

    @Override
    public <T> T read(Database.Read<T> query) throws SQLException {
        try {
            var result = threads.submit(() -> {
                var tx = idle.take();
                try {
                    return query.apply(tx);
                } finally {
                    idle.add(tx);
                }
            });
            return result.get();
        } catch (RejectedExecutionException closed) {
            throw new SQLException("the database is closed", closed);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof SQLException sql) {
                throw sql;
            }
            if (failed.getCause() instanceof RuntimeException runtime) {
                throw runtime;
            }
            throw new IllegalStateException(failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted while reading", interrupted);
        }
    }

    @Override
    public void close() throws SQLException {
        threads.close();
        for (var tx : idle) {
            tx.connection().close();
        }
    }
}
