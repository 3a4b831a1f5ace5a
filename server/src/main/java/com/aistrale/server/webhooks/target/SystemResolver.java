package com.aistrale.server.webhooks.target;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Asks the operating system, on threads of its own: a name server that does not answer holds a lookup for many seconds,
 * in native code, and so would hold the carrier of a virtual thread. Whoever asks for a name that is being looked up
 * waits for that answer, so that a name holds one thread, however many ask; names that took long the last time have a few
 * threads of their own, so that they are in nobody else's way. Thread-safe.
 */
public final class SystemResolver implements Resolver, AutoCloseable {
    static final int THREADS = 48;
    static final int SLOW_THREADS = 16;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long SLOW_AFTER = Duration.ofSeconds(1).toNanos();
    private static final int MOST_SLOW = 10_000;
    private static final Duration IDLE = Duration.ofSeconds(30);

    /** How a name is looked up. */
    interface Lookup {
        InetAddress[] all(String host) throws UnknownHostException;
    }

    /** A lookup that runs or waits for a thread. */
    private static final class Flight {
        private final CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();

        /** When nobody waits for it any longer; looked at and moved inside {@link #flights} only. */
        private long until;

        private Flight(long until) {
            this.until = until;
        }
    }

    private final ConcurrentHashMap<String, Flight> flights = new ConcurrentHashMap<>();
    private final Set<String> slow = ConcurrentHashMap.newKeySet();
    private final ThreadPoolExecutor threads = threads(THREADS, "lookup-");
    private final ThreadPoolExecutor slowThreads = threads(SLOW_THREADS, "slow-lookup-");
    private final Lookup lookup;
    private final LongSupplier nanoTime;

    public SystemResolver() {
        this(InetAddress::getAllByName, System::nanoTime);
    }

    SystemResolver(Lookup lookup, LongSupplier nanoTime) {
        this.lookup = lookup;
        this.nanoTime = nanoTime;
    }

    private static ThreadPoolExecutor threads(int most, String name) {
        var pool = new ThreadPoolExecutor(
                most,
                most,
                IDLE.toMillis(),
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name(name, 0).factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    @Override
    public List<InetAddress> lookup(String host) throws UnknownHostException {
        return lookup(host, PATIENCE);
    }

    @Override
    public List<InetAddress> lookup(String host, Duration within) throws UnknownHostException {
        try {
            return join(host, nanoTime.getAsLong() + within.toNanos())
                    .answer
                    .get(within.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw unknown(host + ": no answer within " + within.toMillis() + " ms", late);
        } catch (ExecutionException failed) {
            var cause = failed.getCause();
            throw unknown(cause == null ? host : String.valueOf(cause.getMessage()), failed);
        } catch (RejectedExecutionException closed) {
            throw unknown(host + ": the server stops", closed);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
            throw unknown(host + ": interrupted", hurried);
        }
    }

    private static UnknownHostException unknown(String message, Exception cause) {
        var unknown = new UnknownHostException(message);
        unknown.initCause(cause);
        return unknown;
    }

    private Flight join(String host, long until) {
        return flights.compute(host, (name, running) -> {
            if (running == null) {
                var flight = new Flight(until);
                (slow.contains(name) ? slowThreads : threads).execute(() -> run(name, flight));
                return flight;
            }
            if (until - running.until > 0) {
                running.until = until;
            }
            return running;
        });
    }

    private void run(String host, Flight flight) {
        long began = nanoTime.getAsLong();
        var wanted = flights.computeIfPresent(host, (name, running) -> running.until - began > 0 ? running : null);
        if (wanted == null) {
            flight.answer.completeExceptionally(new UnknownHostException(host));
            return; // it waited for a thread so long that nobody waits for it
        }
        try {
            var answer = List.of(lookup.all(host));
            flights.remove(host);
            flight.answer.complete(answer);
        } catch (UnknownHostException | RuntimeException | Error failed) {
            flights.remove(host);
            flight.answer.completeExceptionally(failed);
        } finally {
            remember(host, nanoTime.getAsLong() - began);
        }
    }

    private void remember(String host, long took) {
        if (took < SLOW_AFTER) {
            slow.remove(host);
            return;
        }
        if (slow.size() >= MOST_SLOW) {
            slow.clear();
        }
        slow.add(host);
    }

    /** How many lookups wait for a thread. */
    int waiting() {
        return threads.getQueue().size() + slowThreads.getQueue().size();
    }

    @Override
    public void close() {
        threads.shutdownNow();
        slowThreads.shutdownNow();
    }
}
