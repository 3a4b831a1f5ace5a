package com.aistrale.server.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Ask;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Signatures must come back on the very calls they came on, or the tool loop breaks. */
class GeminiHistoryPropertiesTest {
    @Property(tries = 300)
    void callsGoBackAsTheyCame(@ForAll("calls") List<String> calls) {
        var parts = "[" + String.join(",", calls) + "]";
        var answer = GeminiFixture.answered("""
                {"candidates": [{"content": {"parts": %s}, "finishReason": "STOP"}]}""".formatted(parts));
        var back = GeminiFixture.sent(Ask.the("gemini-2.5-flash")
                .user("Hi")
                .message(Role.ASSISTANT, answer.parts().toArray(Part[]::new)));
        assertThat(back.at("/contents/1/parts")).isEqualTo(Json.parse(parts));
    }

    @Provide
    Arbitrary<List<String>> calls() {
        var signatures = Arbitraries.strings()
                .alpha()
                .numeric()
                .withChars("+/=_-")
                .ofMinLength(1)
                .ofMaxLength(400)
                .injectNull(0.3);
        var ids = Arbitraries.strings().alpha().numeric().ofMinLength(1).ofMaxLength(20);
        var values = Arbitraries.strings().withCharRange(' ', '퟿').ofMaxLength(30);
        return Combinators.combine(ids, values, signatures)
                .as((id, value, signature) -> {
                    var part = Json.object();
                    part.putObject("functionCall")
                            .put("id", id)
                            .put("name", "f")
                            .set("args", Json.object().put("x", value));
                    return Json.text(signature == null ? part : part.put("thoughtSignature", signature));
                })
                .list()
                .ofMinSize(1)
                .ofMaxSize(5);
    }
}
