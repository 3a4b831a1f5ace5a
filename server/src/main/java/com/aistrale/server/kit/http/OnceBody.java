package com.aistrale.server.kit.http;

import java.io.IOException;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/**
 * A body that OkHttp must not send a second time. It would otherwise repeat a POST that was answered 503 with
 * {@code Retry-After: 0}, even with its retries off.
 */
final class OnceBody extends RequestBody {
    private final byte[] bytes;

    OnceBody(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public boolean isOneShot() {
        return true;
    }

    /** Null: the type stands among the request's headers. */
    @Override
    public @Nullable MediaType contentType() {
        return null;
    }

    @Override
    public long contentLength() {
        return bytes.length;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
        sink.write(bytes);
    }
}
