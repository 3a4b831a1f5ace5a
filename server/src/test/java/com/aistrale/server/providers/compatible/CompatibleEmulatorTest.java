package com.aistrale.server.providers.compatible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.aistrale.emulator.Emulator;
import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.fault.Fault;
import com.aistrale.server.inference.ChatRequest;
import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.MessageWriter;
import com.aistrale.server.inference.NativeRequest;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.inference.ProviderFailure.Kind;
import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.kit.http.OkHttpOutbound;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Upstream;
import com.aistrale.server.tokens.Endpoint;
import com.aistrale.server.tokens.ProviderSpec;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** The adapter with the quirks of {@code tokens/providers.json}, against services that refuse what they do not know. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompatibleEmulatorTest {
    private static final Map<String, String> KEYS =
            Map.of("openai", "sk-test-1234567890", "groq", "gsk_test", "huggingface", "hf_test", "ollama", "none");
    private static final String WEATHER = """
        "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object",
          "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]\
        """;

    private final Emulator emulator = Emulator.start(0);
    private final OkHttpOutbound outbound = new OkHttpOutbound("aistrale/test");
    private final CompatibleProvider provider = new CompatibleProvider(new Upstream(outbound, InstantSource.system()));
    private final Map<String, Map<String, Boolean>> quirks = new HashMap<>();

    @BeforeAll
    void readQuirks() throws IOException {
        try (var file = Objects.requireNonNull(ProviderSpec.class.getResourceAsStream("/tokens/providers.json"))) {
            for (var known : Json.parse(file.readAllBytes()).get("providers")) {
                var theirs = new HashMap<String, Boolean>();
                if (known.get("quirks") instanceof ObjectNode listed) {
                    listed.properties()
                            .forEach(quirk ->
                                    theirs.put(quirk.getKey(), quirk.getValue().booleanValue()));
                }
                quirks.put(known.get("name").stringValue(), theirs);
            }
        }
    }

    @BeforeEach
    void reset() {
        emulator.reset();
    }

    @AfterAll
    void close() {
        outbound.close();
        emulator.close();
    }

    @ParameterizedTest
    @CsvSource({
        "openai, gpt-4o",
        "openai, gpt-5",
        "groq, openai/gpt-oss-120b",
        "huggingface, openai/gpt-oss-120b",
        "ollama, llama3.2"
    })
    void plain(String name, String model) {
        var chat = ours("{\"system\": \"Be brief.\", \"prompt\": \"say: Hello there\", \"max_output_tokens\": 4000}");
        var completion = provider.complete(call(name, model, chat));
        assertThat(completion.parts()).contains(new Part.Text("Hello there", null));
        assertThat(completion.finishReason()).isEqualTo("stop");
        var usage = Objects.requireNonNull(completion.usage());
        assertThat(usage.inputTokens()).isPositive();
        assertThat(usage.outputTokens()).isPositive();
        assertThat(emulator.requests(name)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "openai, gpt-4o",
        "openai, gpt-5",
        "groq, openai/gpt-oss-120b",
        "huggingface, openai/gpt-oss-120b",
        "ollama, llama3.2"
    })
    void streamed(String name, String model) {
        var chat = ours("{\"prompt\": \"say: Hello there\", \"max_output_tokens\": 4000}");
        var chunks = stream(call(name, model, chat));
        assertThat(text(chunks)).isEqualTo("Hello there");
        assertThat(chunks).extracting(Chunk::finishReason).containsOnlyOnce("stop");
        var reported = chunks.stream().filter(chunk -> chunk.usage() != null).toList();
        assertThat(reported).isNotEmpty();
        var plain = provider.complete(call(name, model, chat));
        assertThat(reported.getLast().usage()).isEqualTo(plain.usage());
    }

    @ParameterizedTest
    @CsvSource({"openai, gpt-4o", "groq, openai/gpt-oss-120b", "huggingface, openai/gpt-oss-120b", "ollama, llama3.2"})
    void aToolLoop(String name, String model) {
        var prompt = "{\"role\": \"user\", \"content\": \"call get_weather {\\\"city\\\": \\\"Paris\\\"}\"}";
        var asked = ours("{\"messages\": [" + prompt + "], " + WEATHER + "}");
        var completion = provider.complete(call(name, model, asked));
        assertThat(completion.finishReason()).isEqualTo("tool_calls");
        var called = (Part.ToolCall) completion.parts().getLast();
        assertThat(called.name()).isEqualTo("get_weather");
        assertThat(Json.parse(called.arguments())).isEqualTo(Json.parse("{\"city\": \"Paris\"}"));

        var streamed = new StringBuilder();
        for (var chunk : stream(call(name, model, asked))) {
            for (var delta : chunk.deltas()) {
                streamed.append(delta instanceof Delta.ToolCall piece ? piece.arguments() : "");
            }
        }
        assertThat(streamed).hasToString(called.arguments());

        var answer = Json.text(MessageWriter.answer(completion.parts()));
        var result = Json.text(Json.object()
                .put("role", "tool")
                .put("tool_call_id", called.id())
                .put("content", "sunny"));
        var second = ours("{\"messages\": [" + prompt + "," + answer + "," + result + "], " + WEATHER + "}");
        assertThat(provider.complete(call(name, model, second)).parts())
                .contains(new Part.Text("The tool answered: sunny", null));
    }

    @Test
    void aSchema() {
        var chat = ours("{\"prompt\": \"Hi\", \"response_format\": {\"type\": \"json_schema\", \"json_schema\":"
                + " {\"name\": \"n\",\"strict\": true, \"schema\": {\"type\": \"object\", \"properties\": {\"a\":"
                + " {\"type\": \"integer\"}},\"required\": [\"a\"], \"additionalProperties\": false}}}}");
        var completion = provider.complete(call("openai", "gpt-4o", chat));
        var text = (Part.Text) completion.parts().getFirst();
        assertThat(Json.parse(text.text()).get("a").isIntegralNumber()).isTrue();
    }

    /** What another provider's answer brought along is not sent to one that would refuse it. */
    @Test
    void aConversationThatBeganElsewhere() {
        var chat = ours("""
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi",
                "cache_control": {"type": "ephemeral"}}]},
              {"role": "assistant", "content": "Hello", "reasoning_content": "hm", "thinking_blocks":
                [{"type": "thinking", "thinking": "hm", "signature": "s"}]},
              {"role": "user", "content": "say: fine"}]}\
            """);
        assertThat(provider.complete(call("openai", "gpt-4o", chat)).parts())
                .containsExactly(new Part.Text("fine", null));
    }

    @ParameterizedTest
    @CsvSource({
        "400, REJECTED",
        "401, AUTHENTICATION",
        "404, REJECTED",
        "429, RATE_LIMITED",
        "500, FAILED",
        "503, FAILED"
    })
    void errors(int status, Kind kind) {
        for (var name : List.of("openai", "groq", "huggingface", "ollama")) {
            emulator.script(name, Behaviour.status(status), Behaviour.status(status));
            var chat = ours("{\"prompt\": \"Hi\"}");
            var plain =
                    catchThrowableOfType(ProviderFailure.class, () -> provider.complete(call(name, model(name), chat)));
            assertThat(plain.kind()).as(name).isEqualTo(kind);
            assertThat(plain.problem().upstreamStatus()).isEqualTo(status);
            assertThat(plain.getMessage()).doesNotContain("(no message)", KEYS.get(name));
            var streamed = catchThrowableOfType(ProviderFailure.class, () -> stream(call(name, model(name), chat)));
            assertThat(streamed.kind()).as(name).isEqualTo(kind);
            assertThat(emulator.requests(name)).hasSize(2);
        }
    }

    @Test
    void aRateLimitSaysWhen() {
        emulator.script("openai", Behaviour.of(new Fault.Status(429), new Fault.RetryAfter(7)));
        var failure = catchThrowableOfType(
                ProviderFailure.class, () -> provider.complete(call("openai", "gpt-4o", ours("{\"prompt\": \"Hi\"}"))));
        assertThat(failure.problem().retryAfter()).isEqualTo(Duration.ofSeconds(7));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cut-after-2", "reset-after-2", "malformed-chunk-2", "error-after-2"})
    void aStreamThatBreaks(String fault) {
        for (var name : List.of("openai", "groq", "huggingface", "ollama")) {
            var call = call(name, model(name) + "+fault-" + fault, ours("{\"prompt\": \"write 50 words\"}"));
            var failure = catchThrowableOfType(ProviderFailure.class, () -> stream(call));
            assertThat(failure).as(name).isNotNull();
            assertThat(failure.kind()).as(name + " " + failure.getMessage()).isEqualTo(Kind.FAILED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"empty-body", "html-502"})
    void anAnswerThatIsNone(String fault) {
        var call = call("openai", "gpt-4o+fault-" + fault, ours("{\"prompt\": \"Hi\"}"));
        assertThat(catchThrowableOfType(ProviderFailure.class, () -> provider.complete(call))
                        .kind())
                .isEqualTo(Kind.FAILED);
        assertThat(catchThrowableOfType(ProviderFailure.class, () -> stream(call))
                        .kind())
                .isEqualTo(Kind.FAILED);
    }

    @Test
    void aProviderThatHangsIsLeft() {
        var call = call("openai", "gpt-4o+fault-hang", ours("{\"prompt\": \"Hi\"}"));
        Thread.ofVirtual().start(() -> {
            await().until(() -> !emulator.requests("openai").isEmpty());
            call.cancellation().cancel("the client went away");
        });
        var failure = catchThrowableOfType(ProviderFailure.class, () -> provider.complete(call));
        assertThat(failure.kind()).isEqualTo(Kind.CANCELLED);
        await().until(() -> emulator.requests("openai").getFirst().clientDisconnected());
    }

    private static String model(String name) {
        return switch (name) {
            case "openai" -> "gpt-4o";
            case "ollama" -> "llama3.2";
            default -> "openai/gpt-oss-120b";
        };
    }

    /** Groq's and Ollama's own clients add a part of the path that stands in our base URL. */
    private String baseUrl(String name) {
        return emulator.baseUrl(name)
                + switch (name) {
                    case "groq" -> "/openai/v1";
                    case "ollama" -> "/v1";
                    default -> "";
                };
    }

    private List<Chunk> stream(ProviderCall call) {
        var chunks = new ArrayList<Chunk>();
        provider.stream(call, chunks::add);
        return chunks;
    }

    private static String text(List<Chunk> chunks) {
        var text = new StringBuilder();
        for (var chunk : chunks) {
            for (var delta : chunk.deltas()) {
                text.append(delta instanceof Delta.Text piece ? piece.text() : "");
            }
        }
        return text.toString();
    }

    private ProviderCall call(String name, String model, ChatRequest chat) {
        var spec = new ProviderSpec(
                name,
                name,
                ProviderSpec.Format.OPENAI,
                null,
                List.of(),
                null,
                false,
                ProviderSpec.Auth.BEARER,
                null,
                List.of(),
                false,
                Objects.requireNonNull(quirks.get(name)));
        var endpoint = new Endpoint(spec, baseUrl(name), new Secret(Objects.requireNonNull(KEYS.get(name))));
        return new ProviderCall(endpoint, model, chat, Duration.ofSeconds(20), new Cancellation());
    }

    private static ChatRequest ours(String body) {
        return NativeRequest.read((ObjectNode) Json.parse(body)).chat();
    }
}
