package com.aistrale.server.providers.compatible;

import com.aistrale.server.inference.ChatRequest;
import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.providers.FakeOutbound;
import com.aistrale.server.providers.Upstream;
import com.aistrale.server.tokens.Endpoint;
import com.aistrale.server.tokens.ProviderSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;

/** Calls of a provider of OpenAI's format called Acme. */
final class CompatibleFixture {
    static final String KEY = "sk-test-0123456789";
    static final ChatRequest HI = ChatRequest.of(List.of(Message.of(Role.USER, "Hi")));

    private CompatibleFixture() {}

    static ProviderCall call(ChatRequest request, String... quirks) {
        return call("http://acme/v1", request, quirks);
    }

    static ProviderCall call(String baseUrl, ChatRequest request, String... quirks) {
        var known = new HashMap<String, Boolean>();
        for (var quirk : quirks) {
            known.put(quirk, true);
        }
        var spec = new ProviderSpec(
                "acme",
                "Acme",
                ProviderSpec.Format.OPENAI,
                null,
                List.of(),
                null,
                false,
                ProviderSpec.Auth.BEARER,
                null,
                List.of(),
                false,
                known);
        var endpoint = new Endpoint(spec, baseUrl, new Secret(KEY));
        return new ProviderCall(endpoint, "m-1", request, Duration.ofSeconds(30), new Cancellation());
    }

    static CompatibleProvider provider(FakeOutbound outbound) {
        return new CompatibleProvider(new Upstream(outbound, () -> Instant.EPOCH));
    }
}
