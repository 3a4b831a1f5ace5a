package com.aistrale.server.pricing;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.pricing.Price.LongContext;
import com.aistrale.server.pricing.Price.Rates;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The cases that every language's arithmetic must agree with. */
class CostVectorsTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("aistrale.repository", ".."), "contract", "vectors", "cost", "cost.json");

    @TestFactory
    Stream<DynamicTest> costs() {
        var cases = JsonMapper.shared().readTree(VECTORS.toFile()).path("cases");
        assertThat(cases.size()).isGreaterThanOrEqualTo(26);
        return cases.valueStream()
                .map(vector -> DynamicTest.dynamicTest(
                        vector.path("name").asString(),
                        () -> assertThat(Cost.nanoUsd(price(vector.path("price")), usage(vector.path("usage"))))
                                .isEqualTo(whole(vector.path("nano_usd")))));
    }

    private static @Nullable Price price(JsonNode node) {
        if (node.isNull()) {
            return null;
        }
        var longContext = node.path("long_context");
        return new Price(
                rates(node),
                longContext.isMissingNode()
                        ? null
                        : new LongContext(longContext.path("above_input_tokens").longValue(), rates(longContext)));
    }

    private static Rates rates(JsonNode node) {
        return new Rates(
                node.path("input").longValue(),
                node.path("output").longValue(),
                whole(node.path("cached_input")),
                whole(node.path("cache_write")),
                whole(node.path("cache_write_one_hour")));
    }

    private static @Nullable Usage usage(JsonNode node) {
        return node.isNull()
                ? null
                : new Usage(
                        whole(node.path("input_tokens")),
                        whole(node.path("output_tokens")),
                        whole(node.path("cached_input_tokens")),
                        whole(node.path("cache_write_input_tokens")),
                        whole(node.path("cache_write_one_hour_input_tokens")),
                        whole(node.path("reasoning_tokens")));
    }

    private static @Nullable Long whole(JsonNode node) {
        return node.isNull() || node.isMissingNode() ? null : node.longValue();
    }
}
