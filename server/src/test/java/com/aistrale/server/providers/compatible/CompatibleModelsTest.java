package com.aistrale.server.providers.compatible;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.providers.FakeOutbound;
import com.aistrale.server.providers.Upstream;
import com.aistrale.server.tokens.Endpoint;
import com.aistrale.server.tokens.ProviderDirectory;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CompatibleModelsTest {
    private final AtomicLong now = new AtomicLong();
    private final Endpoint groq = new Endpoint(
            ProviderDirectory.load(Map.of()).find("groq").orElseThrow(), "https://groq.test/v1", new Secret("gsk_1"));

    @Test
    void whatTheProviderListsIsRememberedForFiveMinutes() {
        var outbound = FakeOutbound.answering("{\"data\":[{\"id\":\"a\"},{\"id\":\"b/c\"},{\"name\":\"no id\"}]}");
        var models = models(outbound);
        assertThat(models.models(groq)).containsExactly("a", "b/c");
        now.addAndGet(CompatibleModels.FRESH.toNanos() - 1);
        assertThat(models.models(groq)).containsExactly("a", "b/c");
        assertThat(outbound.requests).hasSize(1);
        var request = outbound.requests.getFirst();
        assertThat(request.method() + " " + request.url()).isEqualTo("GET https://groq.test/v1/models");
        assertThat(request.headers()).containsEntry("authorization", "Bearer gsk_1");
        now.incrementAndGet();
        models.models(groq);
        assertThat(outbound.requests).hasSize(2);
    }

    @Test
    void whoDoesNotAnswerListsNothingAndIsAskedAgain() {
        for (var outbound : new FakeOutbound[] {
            new FakeOutbound(401, "{}", Map.of()), FakeOutbound.answering("<html>"), FakeOutbound.answering("[]")
        }) {
            var models = models(outbound);
            assertThat(models.models(groq)).isEmpty();
            assertThat(models.models(groq)).isEmpty();
            assertThat(outbound.requests).hasSize(2);
        }
    }

    private CompatibleModels models(FakeOutbound outbound) {
        return new CompatibleModels(new Upstream(outbound, InstantSource.system()), now::get);
    }
}
