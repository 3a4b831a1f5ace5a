package com.aistrale;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An answer's body that waits for its next bytes only so long, which java.net.http's own does not offer. */
final class TimedBody extends InputStream implements BodySubscriber<InputStream> {
    private static final long GRACE_MILLIS = 20;
    /** What is added has bytes in it, but for this one. */
    private static final ByteBuffer END = ByteBuffer.allocate(0);

    private final long idleNanos;
    private final long deadline;
    private final LinkedBlockingQueue<ByteBuffer> arrived = new LinkedBlockingQueue<>();
    private final CompletableFuture<Subscription> subscription = new CompletableFuture<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;
    private ByteBuffer current = END;
    private boolean atEnd;

    TimedBody(Duration idle, Duration whole) {
        this.idleNanos = idle.toNanos();
        this.deadline = System.nanoTime() + whole.toNanos();
    }

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Subscription given) {
        subscription.complete(given);
        given.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        var some = false;
        for (var buffer : buffers) {
            if (buffer.hasRemaining()) {
                arrived.add(buffer);
                some = true;
            }
        }
        if (!some) {
            subscription.join().request(1);
        }
    }

    @Override
    public void onError(Throwable throwable) {
        failure = throwable;
        onComplete();
    }

    @Override
    public void onComplete() {
        arrived.add(END);
        ended.countDown();
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!current.hasRemaining() && !atEnd) {
            current = next();
            atEnd = !current.hasRemaining();
        }
        if (atEnd) {
            return end();
        }
        var count = Math.min(length, current.remaining());
        current.get(bytes, offset, count);
        if (!current.hasRemaining() && arrived.isEmpty()) {
            subscription.join().request(1);
        }
        return count;
    }

    private ByteBuffer next() throws IOException {
        var patience = Math.min(idleNanos, deadline - System.nanoTime());
        try {
            var buffer = arrived.poll(Math.max(0, patience), TimeUnit.NANOSECONDS);
            if (buffer == null) {
                throw new SocketTimeoutException("no byte for " + TimeUnit.NANOSECONDS.toMillis(patience) + " ms");
            }
            return buffer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
    }

    private int end() throws IOException {
        if (closed) {
            throw new IOException("the body is closed");
        }
        if (failure != null) {
            throw new IOException("the connection was lost", failure);
        }
        return -1;
    }

    /** Leaves a body that is just about to end its moment, so that its connection can be used again. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            try {
                if (!ended.await(GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
                    cancel();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                cancel();
            }
            arrived.add(END);
        }
    }

    private void cancel() {
        var unused = subscription.thenAccept(Subscription::cancel);
    }
}
