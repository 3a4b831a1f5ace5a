package com.aistrale.server.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.providers.FakeOutbound;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LocalModelsTest {
    @Test
    void readsTheModelsOfTheLocalOllamaAndAsksSeldom() {
        var outbound =
                FakeOutbound.answering("{\"models\":[{\"name\":\"llama3.2:3b\"},{\"name\":\"qwen:latest\"},{}]}");
        var models = new LocalModels(outbound, true, "http://127.0.0.1:11434/v1");

        for (int i = 0; i < 100; i++) {
            assertThat(models.ollama()).containsExactly("llama3.2:3b", "qwen:latest");
        }
        assertThat(outbound.requests).hasSize(1);
        assertThat(outbound.requests.getFirst().url()).isEqualTo("http://127.0.0.1:11434/api/tags");
        assertThat(outbound.requests.getFirst().method()).isEqualTo("GET");
    }

    @Test
    void asksNobodyWhenItIsOff() {
        var outbound = FakeOutbound.answering("{\"models\":[{\"name\":\"llama3.2:3b\"}]}");

        assertThat(new LocalModels(outbound, false, "http://127.0.0.1:11434/v1").ollama())
                .isEmpty();
        assertThat(outbound.requests).isEmpty();
    }

    @Test
    void whatIsNoOllamaHasNoModels() {
        for (var answer : new FakeOutbound[] {
            new FakeOutbound(404, "{\"models\":[{\"name\":\"x\"}]}", Map.of()),
            FakeOutbound.answering("<html>"),
            FakeOutbound.answering("{}"),
            FakeOutbound.answering("[]"),
            FakeOutbound.answering("{\"models\":7}")
        }) {
            assertThat(new LocalModels(answer, true, "http://127.0.0.1:11434/v1").ollama())
                    .isEmpty();
        }
    }
}
