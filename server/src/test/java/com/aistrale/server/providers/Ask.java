package com.aistrale.server.providers;

import com.aistrale.server.inference.ChatRequest;
import com.aistrale.server.inference.ChatRequest.Sampling;
import com.aistrale.server.inference.Leftover;
import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ResponseFormat;
import com.aistrale.server.inference.Tool;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.tokens.Endpoint;
import com.aistrale.server.tokens.ProviderSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Puts a request together for a test: {@code Ask.the("claude-opus-5").user("Hi").temperature(1)}. */
public final class Ask {
    public static final String KEY = "sk-test-0123456789";

    private final String model;
    private final List<Message> messages = new ArrayList<>();
    private final List<Tool> tools = new ArrayList<>();
    private final Map<String, Leftover> extras = new HashMap<>();
    private Sampling sampling = Sampling.DEFAULT;
    private @Nullable Integer maxOutputTokens;
    private List<String> stop = List.of();
    private @Nullable ToolChoice toolChoice;
    private @Nullable Boolean parallelToolCalls;
    private @Nullable ResponseFormat responseFormat;
    private @Nullable String reasoningEffort;
    private @Nullable ObjectNode providerOptions;
    private String key = KEY;
    private Duration timeout = Duration.ofSeconds(30);
    private final Cancellation cancellation = new Cancellation();

    private Ask(String model) {
        this.model = model;
    }

    public static Ask the(String model) {
        return new Ask(model);
    }

    public Ask message(Role role, Part... parts) {
        messages.add(new Message(role, List.of(parts), null));
        return this;
    }

    public Ask message(Message message) {
        messages.add(message);
        return this;
    }

    public Ask system(String text) {
        messages.add(Message.of(Role.SYSTEM, text));
        return this;
    }

    public Ask user(String text) {
        messages.add(Message.of(Role.USER, text));
        return this;
    }

    public Ask assistant(String text) {
        messages.add(Message.of(Role.ASSISTANT, text));
        return this;
    }

    /** The assistant calls a tool. */
    public Ask calls(String id, String name, String arguments, @Nullable String signature) {
        return message(Role.ASSISTANT, new Part.ToolCall(id, name, arguments, signature));
    }

    /** The tool answers. */
    public Ask result(String callId, String content) {
        return message(Role.TOOL, new Part.ToolResult(callId, content, null));
    }

    public Ask tool(String name, @Nullable String description, @Nullable String schema, @Nullable Boolean strict) {
        tools.add(new Tool(name, description, schema == null ? null : Json.parse(schema), strict, null));
        return this;
    }

    public Ask tool(Tool tool) {
        tools.add(tool);
        return this;
    }

    public Ask choose(ToolChoice choice) {
        toolChoice = choice;
        return this;
    }

    public Ask parallel(boolean allowed) {
        parallelToolCalls = allowed;
        return this;
    }

    public Ask sampling(Sampling drawn) {
        sampling = drawn;
        return this;
    }

    public Ask temperature(double degrees) {
        return sampling(new Sampling(degrees, null, null, null, null));
    }

    public Ask atMost(int outputTokens) {
        maxOutputTokens = outputTokens;
        return this;
    }

    public Ask stop(String... sequences) {
        stop = List.of(sequences);
        return this;
    }

    public Ask format(ResponseFormat format) {
        responseFormat = format;
        return this;
    }

    public Ask effort(String effort) {
        reasoningEffort = effort;
        return this;
    }

    public Ask extra(String name, String json) {
        extras.put(name, new Leftover(Json.parse(json)));
        return this;
    }

    public Ask options(String json) {
        providerOptions = (ObjectNode) Json.parse(json);
        return this;
    }

    public Ask key(String credential) {
        key = credential;
        return this;
    }

    public Ask within(Duration deadline) {
        timeout = deadline;
        return this;
    }

    /** Cancels what is asked with this. */
    public Ask cancel(String why) {
        cancellation.cancel(why);
        return this;
    }

    /** The call to a service that is named as the format is. */
    public ProviderCall at(ProviderSpec.Format format, String title, ProviderSpec.Auth auth, String baseUrl) {
        var name = format.name().toLowerCase(Locale.ROOT);
        var spec = new ProviderSpec(
                name, title, format, null, List.of(), null, false, auth, null, List.of(), false, Map.of());
        var request = new ChatRequest(
                messages,
                sampling,
                maxOutputTokens,
                stop,
                tools,
                toolChoice,
                parallelToolCalls,
                responseFormat,
                reasoningEffort,
                extras,
                providerOptions,
                null);
        var endpoint = new Endpoint(spec, baseUrl, new Secret(key));
        return new ProviderCall(endpoint, model, request, timeout, cancellation);
    }

    public ProviderCall atAnthropic(String baseUrl) {
        return at(ProviderSpec.Format.ANTHROPIC, "Anthropic", ProviderSpec.Auth.X_API_KEY, baseUrl);
    }

    public ProviderCall atGemini(String baseUrl) {
        return at(ProviderSpec.Format.GEMINI, "Google Gemini", ProviderSpec.Auth.X_GOOG_API_KEY, baseUrl);
    }
}
