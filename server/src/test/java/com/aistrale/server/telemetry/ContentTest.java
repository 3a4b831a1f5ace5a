package com.aistrale.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.json.Json;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is kept of content is bounded, and says where it was cut. */
class ContentTest {
    private static String message(String text) {
        return Json.text(Json.object().put("role", "user").put("content", text));
    }

    @Test
    void whatIsShortIsKeptToTheLetter() {
        var messages = Json.array().add(Json.parse(message("Hello, \"you\" \n😀")));
        var answer = Json.object().put("role", "assistant").putNull("content");

        var content = Content.of(messages, answer);

        assertThat(Json.parse(content.messages())).isEqualTo(messages);
        assertThat(content.json().get("message")).isEqualTo(answer);
        assertThat(Content.of(messages, null).json().get("message").isNull()).isTrue();
    }

    @Test
    void aLongTextIsCutAndSaysHowLongItWas() {
        var text = "x".repeat(ContentCut.LONGEST - 1) + "😀 and more";

        var cut = new ContentCut()
                .cut(Json.object().put("content", text))
                .get("content")
                .stringValue();

        assertThat(cut).isEqualTo("x".repeat(ContentCut.LONGEST - 1) + "…[cut: " + text.length() + " characters]");
    }

    @Test
    void anImageIsReducedToItsKind() {
        var url = "data:image/png;base64," + "A".repeat(200_000);

        var cut = new ContentCut().cut(Json.object().put("url", url)).get("url").stringValue();

        assertThat(cut).isEqualTo("data:image/png;base64,…[cut: 200022 characters]");
        var small = "data:image/png;base64,AAAA";
        assertThat(new ContentCut()
                        .cut(Json.object().put("url", small))
                        .get("url")
                        .stringValue())
                .isEqualTo(small);
    }

    @Test
    void theLatestMessagesAreCutLast() {
        var messages = Json.array();
        for (int i = 0; i < 100; i++) {
            messages.add(Json.parse(message(i + "x".repeat(ContentCut.LONGEST / 2))));
        }

        var kept = Json.parse(Content.of(messages, null).messages());

        assertThat(kept).hasSize(100);
        assertThat(kept.get(99)).isEqualTo(messages.get(99));
        assertThat(kept.get(80)).isEqualTo(messages.get(80));
        assertThat(kept.get(0).toString()).contains("…[cut: ").hasSizeLessThan(200);
    }

    @Property(tries = 60)
    void nothingIsLargerThanTheBound(@ForAll("trees") JsonNode tree) {
        var cut = Json.text(new ContentCut().cut(tree));

        assertThat(cut.length()).isLessThan(3 * ContentCut.MOST);
        if (Json.text(tree).length() < ContentCut.LONGEST) {
            assertThat(Json.parse(cut)).isEqualTo(tree);
        }
    }

    @Provide
    Arbitrary<JsonNode> trees() {
        Arbitrary<JsonNode> leaves = Arbitraries.oneOf(
                Arbitraries.strings()
                        .ofMaxLength(20)
                        .map(text -> Json.array().add(text).get(0)),
                Arbitraries.integers().map(number -> Json.array().add(number).get(0)),
                Arbitraries.of(10_000, 100_000, 600_000)
                        .map(length -> Json.array().add("y".repeat(length)).get(0)));
        return Arbitraries.recursive(
                () -> leaves,
                inner -> inner.list().ofMaxSize(6).map(list -> {
                    var object = Json.object();
                    var array = object.putArray("list");
                    list.forEach(array::add);
                    return object;
                }),
                0,
                4);
    }

    @Test
    void manyEmptyValuesAreBoundedToo() {
        var array = Json.array();
        for (int i = 0; i < 2_000_000; i++) {
            array.addArray();
        }

        assertThat(Json.text(new ContentCut().cut(array)))
                .hasSizeLessThan(ContentCut.MOST)
                .endsWith("…[cut: the rest]\"]");
    }
}
