package com.aistrale.server.providers.gemini;

import com.aistrale.server.inference.ChunkSink;
import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.Provider;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.kit.http.ServerSentEvents;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Upstream;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Speaks {@code generateContent} of Google's Gemini API. */
public final class GeminiProvider implements Provider {
    private static final Pattern VERSIONED = Pattern.compile(".*/v\\d+(?:alpha|beta)?\\d*");
    private static final GeminiErrors ERRORS = new GeminiErrors();

    private final Upstream upstream;

    public GeminiProvider(Upstream upstream) {
        this.upstream = upstream;
    }

    @Override
    public Completion complete(ProviderCall call) {
        return upstream.post(
                call,
                path(call, ":generateContent"),
                Map.of(),
                body(call),
                ERRORS,
                response -> GeminiAnswer.decode(call, response.bytes()));
    }

    @Override
    public void stream(ProviderCall call, ChunkSink sink) {
        upstream.<@Nullable Void>post(
                call, path(call, ":streamGenerateContent?alt=sse"), Map.of(), body(call), ERRORS, response -> {
                    new GeminiStream(call, sink).read(new ServerSentEvents(response.stream()));
                    return null;
                });
    }

    /** Base URLs are written with and without the version. */
    private static String path(ProviderCall call, String method) {
        boolean versioned = VERSIONED.matcher(call.endpoint().baseUrl()).matches();
        return (versioned ? "/" : "/v1beta/") + GeminiModels.path(call.model()) + method;
    }

    private static byte[] body(ProviderCall call) {
        return Json.bytes(GeminiRequest.encode(call.model(), call.request()));
    }
}
