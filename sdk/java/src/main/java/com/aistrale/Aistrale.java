package com.aistrale;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A client of an AISTRALE server.
 *
 * <pre>{@code
 * System.out.println(new Aistrale().run("Hello, world!"));
 * }</pre>
 *
 * <p>It finds its server by what its builder is told, then the environment ({@code AISTRALE_API_URL}, {@code AISTRALE_API_KEY}, {@code
 * AISTRALE_PROFILE}, {@code AISTRALE_MODEL}, {@code AISTRALE_PROVIDER}), then the profile in the config file, then {@code
 * http://127.0.0.1:16000}. It makes no connection before the first call and holds nothing that must be closed. Used by any number of
 * threads at once. Every call waits for its answer and throws an {@link AistraleException} where there is none.
 */
public final class Aistrale {
    /** The version of this SDK. */
    public static final String VERSION = "0.1.0";

    private final Exchange exchange;
    private final @Nullable String model;
    private final @Nullable String provider;

    /**
     * A client with everything found by itself.
     *
     * @throws ConfigurationException if the config file or an environment variable is wrong
     */
    public Aistrale() {
        this(builder());
    }

    Aistrale(AistraleBuilder builder) {
        var settings = builder.settings();
        this.exchange = builder.exchange(settings);
        this.model = settings.value("model");
        this.provider = settings.value("provider");
    }

    /**
     * A client to be told what to do.
     *
     * @return a builder that was told nothing
     */
    public static AistraleBuilder builder() {
        return new AistraleBuilder();
    }

    /**
     * Asks the model and waits for the whole answer.
     *
     * @param prompt what to ask, not empty
     * @return the answer, which prints as its text
     * @throws AistraleException if there is none
     */
    public Inference run(String prompt) {
        return run(prompt, RunOptions.none());
    }

    /**
     * Asks the model and waits for the whole answer.
     *
     * @param prompt what to ask, not empty
     * @param options without messages
     * @return the answer, which prints as its text
     * @throws AistraleException if there is none
     */
    public Inference run(String prompt, RunOptions options) {
        return stream(prompt, options).finalInference();
    }

    /**
     * Carries on a conversation, or runs a stored prompt, and waits for the whole answer.
     *
     * @param options with messages or a promptRef
     * @return the answer, which prints as its text
     * @throws AistraleException if there is none
     */
    public Inference run(RunOptions options) {
        return stream(options).finalInference();
    }

    /**
     * Asks the model and gives its answer piece by piece. Returns when the first piece is there; what fails before that fails here.
     *
     * @param prompt what to ask, not empty
     * @return the stream, to be closed
     * @throws AistraleException if no answer begins
     */
    public InferenceStream stream(String prompt) {
        return stream(prompt, RunOptions.none());
    }

    /**
     * Asks the model and gives its answer piece by piece. Returns when the first piece is there; what fails before that fails here.
     *
     * @param prompt what to ask, not empty
     * @param options without messages
     * @return the stream, to be closed
     * @throws AistraleException if no answer begins
     */
    public InferenceStream stream(String prompt, RunOptions options) {
        if (options.fields().containsKey("messages")) {
            throw new IllegalArgumentException("give a prompt or messages, not both: the prompt is the last message");
        }
        if (options.namesPrompt()) {
            throw new IllegalArgumentException("give a prompt or a promptRef, not both");
        }
        return open(prompt, options);
    }

    /**
     * Carries on a conversation, or runs a stored prompt, and gives the answer piece by piece. Returns when the first piece is there; what
     * fails before that fails here.
     *
     * @param options with messages or a promptRef
     * @return the stream, to be closed
     * @throws AistraleException if no answer begins
     */
    public InferenceStream stream(RunOptions options) {
        if (options.fields().containsKey("messages") == options.namesPrompt()) {
            throw new IllegalArgumentException("give a prompt, or options with either messages or a promptRef");
        }
        return open(null, options);
    }

    /**
     * The stored credentials of providers.
     *
     * @return a view without a state of its own
     */
    public Tokens tokens() {
        return new Tokens(exchange);
    }

    /**
     * The workspace's prompts: named templates in numbered versions.
     *
     * @return a view without a state of its own
     */
    public Prompts prompts() {
        return new Prompts(exchange, null);
    }

    /**
     * The workspace's API keys.
     *
     * @return a view without a state of its own
     */
    public ApiKeys apiKeys() {
        return new ApiKeys(exchange);
    }

    /**
     * The server's workspaces.
     *
     * @return a view without a state of its own
     */
    public Workspaces workspaces() {
        return new Workspaces(exchange);
    }

    /**
     * Who changed what in the workspace, the newest first. For admins.
     *
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<AuditEntry> auditLog() {
        return auditLog(AuditQuery.builder().build());
    }

    /**
     * Some of the changes in the workspace, the newest first. For admins.
     *
     * @param query which
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<AuditEntry> auditLog(AuditQuery query) {
        return new Paged<>(exchange, "/api/v1/audit-log", query.parameters(), AuditEntry::read);
    }

    /**
     * What the server recorded.
     *
     * @return a view without a state of its own
     */
    public Telemetry telemetry() {
        return new Telemetry(exchange);
    }

    /**
     * Single records, by their ids.
     *
     * @return a view without a state of its own
     */
    public Inferences inferences() {
        return new Inferences(exchange);
    }

    /**
     * The workspace's budgets: what may be spent, and what was.
     *
     * @return a view without a state of its own
     */
    public Budgets budgets() {
        return new Budgets(exchange);
    }

    /**
     * The workspace's own names for models.
     *
     * @return a view without a state of its own
     */
    public Aliases aliases() {
        return new Aliases(exchange);
    }

    /**
     * The workspace's webhooks: who is told of what happens.
     *
     * @return a view without a state of its own
     */
    public Webhooks webhooks() {
        return new Webhooks(exchange);
    }

    /**
     * What happens in the workspace, as it happens.
     *
     * @return a view without a state of its own
     */
    public Events events() {
        return new Events(exchange);
    }

    /**
     * The models whose prices or limits are known, by provider. Others can be run too.
     *
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<CatalogueModel> models() {
        return new Paged<>(exchange, "/api/v1/models", Map.of(), CatalogueModel::read);
    }

    /**
     * A provider's models whose prices or limits are known. Others can be run too.
     *
     * @param provider such as {@code openai}
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<CatalogueModel> models(String provider) {
        return new Paged<>(exchange, "/api/v1/models", Map.of("provider", provider), CatalogueModel::read);
    }

    /**
     * Who may be asked, where each one's credential comes from, and how each has been answering.
     *
     * @return the providers that the server knows
     * @throws AistraleException if there is no answer
     */
    public List<ProviderInfo> providers() {
        return new Paged<>(exchange, "/api/v1/providers", Map.of(), ProviderInfo::read).toList();
    }

    /**
     * One of those who may be asked.
     *
     * @param name such as {@code openai}
     * @return where its credential comes from, and how it has been answering
     * @throws NotFoundException if the server knows none of this name
     * @throws AistraleException if there is no answer
     */
    public ProviderInfo provider(String name) {
        return exchange.object(Call.get(Call.path("/api/v1/providers", name)), "provider", ProviderInfo::read);
    }

    /**
     * Whose API key this client has.
     *
     * @return the workspace and the key's id
     * @throws AistraleException if there is no answer
     */
    public Whoami whoami() {
        return exchange.object(Call.get("/api/v1/whoami"), "whoami", Whoami::read);
    }

    /**
     * Whether a server is there. Needs no API key.
     *
     * @return its state and version
     * @throws ApiConnectionException if none answers
     */
    public Health health() {
        return exchange.object(Call.get("/health"), "health", Health::read);
    }

    /**
     * Whether the server takes work now. Needs no API key.
     *
     * @return false while it starts or stops
     * @throws ApiConnectionException if none answers
     */
    public boolean isReady() {
        try {
            return exchange.object(
                    Call.get("/ready"), "readiness", fields -> "ready".equals(fields.optionalText("status")));
        } catch (OverloadedException e) {
            return false;
        }
    }

    /**
     * Where the server is.
     *
     * @return the URL, without a slash at its end
     */
    public String apiUrl() {
        return exchange.url();
    }

    /** Names the server, and no secret. */
    @Override
    public String toString() {
        return "Aistrale at " + exchange.url();
    }

    private InferenceStream open(@Nullable String prompt, RunOptions options) {
        var body = new LinkedHashMap<String, @Nullable Object>();
        if (prompt != null) {
            body.put("prompt", prompt);
        }
        body.putAll(options.fields());
        if (!options.namesPrompt()) {
            fillInConfiguredModel(body);
        }
        body.putIfAbsent("resumable", true);
        body.put("stream", true);
        var given = options.idempotencyKey();
        var key = given == null ? UUID.randomUUID().toString() : given;
        var call = Call.post(Call.INFERENCES, body).within(options.timeout()).with("idempotency-key", key);
        for (var header : options.headers().entrySet()) {
            call = call.with(header.getKey(), header.getValue());
        }
        var resumable = Boolean.TRUE.equals(body.get("resumable"));
        return InferenceStream.open(exchange, resumable ? call.asResumable() : call, given != null);
    }

    /** A configured model belongs to the configured provider, and a model of the call's like openai/gpt-4o names its own. */
    private void fillInConfiguredModel(Map<String, @Nullable Object> body) {
        var asked = body.get("provider");
        if (model != null && (asked == null || asked.equals(provider))) {
            body.putIfAbsent("model", model);
        }
        if (provider != null && !String.valueOf(body.get("model")).contains("/")) {
            body.putIfAbsent("provider", provider);
        }
    }
}
