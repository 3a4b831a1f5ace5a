package com.aistrale.server.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.pricing.PriceCatalogue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code tokens/providers.json} explains every word it uses, and agrees with itself and with the prices. */
class ProvidersFileTest {
    private final ProviderDirectory directory = ProviderDirectory.load(Map.of());
    private final JsonNode file = read();

    @Test
    void hasTheProvidersWePromise() {
        assertThat(directory.all())
                .extracting(ProviderSpec::name)
                .contains("openai", "anthropic", "gemini", "groq", "huggingface", "ollama", "vllm", "deepseek")
                .contains("mistral", "xai", "openrouter", "together", "azure-openai", "demo")
                .doesNotHaveDuplicates();
    }

    @Test
    void explainsEveryFieldAndQuirkItUsesAndNoOther() {
        var fields = new HashSet<String>();
        var quirks = new HashSet<String>();
        for (var provider : file.path("providers")) {
            fields.addAll(provider.propertyNames());
            quirks.addAll(provider.path("quirks").propertyNames());
        }
        fields.add("about");
        assertThat(fields).isEqualTo(Set.copyOf(file.path("_doc").propertyNames()));
        assertThat(quirks).isEqualTo(Set.copyOf(file.path("_doc").path("quirks").propertyNames()));
    }

    @Test
    void everyAddressCanBeAppendedTo() {
        for (var provider : file.path("providers")) {
            var name = provider.path("name").asString();
            var url = provider.path("base_url");
            assertThat(url.isNull())
                    .as(name)
                    .isEqualTo(provider.path("needs_base_url").asBoolean(false));
            if (url.isString()) {
                assertThat(url.asString())
                        .as(name)
                        .matches("https://[a-z0-9.-]+(/[a-z0-9]+)*|http://127\\.0\\.0\\.1:11434/v1");
            }
        }
    }

    @Test
    void everyProviderThatIsNotLocalSaysWhereItsCredentialMayStand() {
        assertThat(directory.all())
                .allSatisfy(spec -> assertThat(spec.credentialEnv().isEmpty())
                        .as(spec.name())
                        .isEqualTo(spec.name().equals("ollama") || spec.name().equals("demo")));
    }

    @Test
    void noModelBelongsToTwoProviders() {
        var seen = new ArrayList<String>();
        for (var spec : directory.all()) {
            for (var pattern : spec.modelPatterns()) {
                assertThat(seen).as(pattern).noneMatch(other -> other.startsWith(pattern) || pattern.startsWith(other));
            }
            seen.addAll(spec.modelPatterns());
        }
        assertThat(seen).contains("gpt-4", "claude-", "gemini-");
    }

    @Test
    void whereTheCatalogueKnowsAProviderItKnowsTheDefaultModel() {
        var catalogue = PriceCatalogue.load(Optional.empty());
        var known = new ArrayList<String>();
        for (var spec : directory.all()) {
            if (!catalogue.models(spec.name()).isEmpty()) {
                var model = Objects.requireNonNull(spec.defaultModel(), spec.name());
                var listed = catalogue.find(spec.name(), model).orElseThrow();
                assertThat(listed.shutdown()).as(model).isNull();
                known.add(spec.name());
            }
        }
        assertThat(known).containsAll(List.of("openai", "anthropic", "gemini", "groq"));
    }

    private static JsonNode read() {
        try (var stream = ProvidersFileTest.class.getResourceAsStream("/tokens/providers.json")) {
            return JsonMapper.shared().readTree(Objects.requireNonNull(stream));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
