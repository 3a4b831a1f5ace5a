package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.tokens.Surroundings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is asked, and what is said when nobody can be. */
@Timeout(60)
class RouterTest {
    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, String> baseUrls = new HashMap<>();
    private List<String> ollama = List.of();
    private boolean local = true;
    private @Nullable Surroundings surroundings;

    @AfterEach
    void close() {
        if (surroundings != null) {
            surroundings.close();
        }
    }

    private Surroundings surroundings() {
        if (surroundings == null) {
            try {
                surroundings = new Surroundings(folder, environment, baseUrls, ollama);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        return surroundings;
    }

    @Test
    void theProviderNamedIsAsked() {
        with("openai", "groq");

        assertThat(route("openai", "gpt-4o")).isEqualTo("openai gpt-4o");
        assertThat(route("openai", "openai/gpt-4o")).isEqualTo("openai gpt-4o");
        assertThat(route("groq", "gpt-4o")).as("whatever the model is called").isEqualTo("groq gpt-4o");
        assertThat(route("groq", "openai/gpt-oss-120b")).isEqualTo("groq openai/gpt-oss-120b");
        assertThat(route("groq", "groq/openai/gpt-oss-120b")).isEqualTo("groq openai/gpt-oss-120b");
    }

    @Test
    void theProviderNamedAloneGivesItsDefaultModel() {
        with("anthropic");

        assertThat(route("anthropic", null)).isEqualTo("anthropic " + defaultModel("anthropic"));
    }

    @Test
    void thePinnedModelComesBeforeTheProvidersOwnDefault() throws Exception {
        with("openai");
        surroundings()
                .database
                .write(tx -> tx.handle().execute("UPDATE workspace SET default_model = 'openai/gpt-4o'"));

        assertThat(route("openai", null)).isEqualTo("openai gpt-4o");
    }

    @Test
    void theProviderBeforeTheSlashIsAsked() {
        with("openai", "groq", "huggingface");

        assertThat(route(null, "openai/gpt-4o")).isEqualTo("openai gpt-4o");
        assertThat(route(null, "groq/llama-3.3-70b-versatile")).isEqualTo("groq llama-3.3-70b-versatile");
        assertThat(route(null, "huggingface/meta-llama/Llama-3")).isEqualTo("huggingface meta-llama/Llama-3");
    }

    @Test
    void aProviderWhoseIdsBeginWithItsNameKeepsIt() {
        with("openrouter");

        assertThat(route(null, "openrouter/auto")).isEqualTo("openrouter openrouter/auto");
        assertThat(route("openrouter", "openrouter/auto")).isEqualTo("openrouter openrouter/auto");
        assertThat(route("openrouter", null)).isEqualTo("openrouter openrouter/auto");
        assertThat(route(null, null)).isEqualTo("openrouter openrouter/auto");
        assertThat(route(null, "openrouter/anthropic/claude-haiku-5-5"))
                .isEqualTo("openrouter anthropic/claude-haiku-5-5");
        assertThat(route(null, "openrouter/openrouter/auto"))
                .as("as GET /v1/models lists it")
                .isEqualTo("openrouter openrouter/auto");
        assertThat(route("openrouter", "anthropic/claude-haiku-5-5"))
                .isEqualTo("openrouter anthropic/claude-haiku-5-5");
    }

    @Test
    void aBareModelGoesToTheProviderItBelongsTo() {
        with("openai", "anthropic", "gemini");

        assertThat(route(null, "gpt-4o")).isEqualTo("openai gpt-4o");
        assertThat(route(null, "claude-haiku-5-5")).isEqualTo("anthropic claude-haiku-5-5");
        assertThat(route(null, "gemini-9-of-the-future")).isEqualTo("gemini gemini-9-of-the-future");
    }

    @Test
    void aBareModelOfTheLocalOllamaGoesThere() {
        ollama = List.of("llama3.2:3b", "qwen:latest");

        assertThat(route(null, "llama3.2:3b")).isEqualTo("ollama llama3.2:3b");
        assertThat(route(null, "qwen")).isEqualTo("ollama qwen");
    }

    @Test
    void aModelThatTheLocalOllamaHasIsNotRefusedForWantOfAToken() {
        ollama = List.of("deepseek-r1:8b");

        assertThat(route(null, "deepseek-r1:8b")).isEqualTo("ollama deepseek-r1:8b");
    }

    @Test
    void whoNamesNothingGetsWhatTheFirstTokenPinned() {
        with("groq");
        with("openai");

        assertThat(route(null, null)).isEqualTo("groq " + defaultModel("groq"));
    }

    @Test
    void whoNamesNothingGetsTheProviderOfTheEnvironment() {
        environment.put("ANTHROPIC_API_KEY", "sk-ant");

        assertThat(route(null, null)).isEqualTo("anthropic " + defaultModel("anthropic"));
    }

    @Test
    void whoNamesNothingGetsTheLocalOllama() {
        ollama = List.of("llama3.2:3b", "qwen:latest");

        assertThat(route(null, null)).isEqualTo("ollama llama3.2:3b");
    }

    @Test
    void whoNamesNothingWhereNothingWasEverConfiguredGetsTheDemo() {
        assertThat(route(null, null)).isEqualTo("demo demo");
    }

    @Test
    void theDemoAnswersWhenAskedByName() {
        local = false;

        assertThat(route("demo", null)).isEqualTo("demo demo");
        assertThat(route(null, "demo")).isEqualTo("demo demo");
        assertThat(route(null, "demo/demo")).isEqualTo("demo demo");
    }

    @Test
    void theDemoNeverAnswersForAnything() {
        var nothing = "No provider is configured and the request names no model. Add a provider:"
                + " aistrale tokens add --provider openai";
        assertThat(refused(surroundings().caller(), ask(null, null, false))).isEqualTo(nothing);
        local = false;
        assertThat(refusal(null, null)).isEqualTo(nothing);
    }

    @Test
    void afterTheLastTokenWasRemovedTheDemoDoesNotComeBack() {
        var token = surroundings().add("openai", "sk-of-openai-123456");
        surroundings().tokens.delete(surroundings().caller(), token.id());

        assertThat(refusal(null, null))
                .isEqualTo("`" + defaultModel("openai") + "` is a model of OpenAI, for which there is no token."
                        + " Add one: aistrale tokens add --provider openai");
    }

    @Test
    void aProviderWithoutADefaultModelKeepsTheDemoAwayToo() {
        with("sambanova");

        assertThat(refusal(null, null)).contains("Name a model, such as sambanova/MODEL");
    }

    @Test
    void aProviderWithoutADefaultModelInTheEnvironmentKeepsTheDemoAwayToo() {
        environment.put("SAMBANOVA_API_KEY", "key-of-sambanova");

        assertThat(refusal(null, null)).contains("Name a model, such as sambanova/MODEL");
    }

    @Test
    void anUnknownProviderIsNamedWithTheNearestOneAndTheWayToAddIt() {
        assertThat(refusal("opnai", "gpt-4o"))
                .isEqualTo(
                        "There is no provider `opnai`; did you mean `openai`? An OpenAI-compatible URL gets a name of"
                                + " its own by starting the server with AISTRALE_PROVIDERS_<NAME>_BASE_URL.");
        assertThat(refusal("frobnicator", "gpt-4o"))
                .isEqualTo("There is no provider `frobnicator`. An OpenAI-compatible URL gets a name of its own by"
                        + " starting the server with AISTRALE_PROVIDERS_<NAME>_BASE_URL.");
    }

    @Test
    void aMissingTokenIsNamedWithTheCommandThatAddsIt() {
        var missing = "`gpt-4o` is a model of OpenAI, for which there is no token. Add one: aistrale tokens add"
                + " --provider openai";
        assertThat(refusal("openai", "gpt-4o")).isEqualTo(missing);
        assertThat(refusal(null, "openai/gpt-4o")).isEqualTo(missing);
        assertThat(refusal(null, "gpt-4o")).isEqualTo(missing);
    }

    @Test
    void aMissingAddressIsNamedWithTheVariableThatGivesIt() {
        assertThat(refusal("azure-openai", "my-deployment"))
                .isEqualTo("Azure OpenAI has no address of its own: start the server with"
                        + " AISTRALE_PROVIDERS_AZURE_OPENAI_BASE_URL set to its URL.");
    }

    @Test
    void aMissingOllamaIsNamedWithTheCommandThatStartsIt() {
        assertThat(refusal(null, "ollama/llama3.2:3b"))
                .isEqualTo("`llama3.2:3b` is a model of Ollama, which does not answer here. Start it (ollama serve), or"
                        + " start the server with AISTRALE_PROVIDERS_OLLAMA_BASE_URL set to its URL.");
    }

    @Test
    void aModelThatNobodyKnowsIsNamedWithTheCommandThatAddsAProvider() {
        assertThat(refusal(null, "frobnicator-7b"))
                .isEqualTo(
                        "No provider is known for the model `frobnicator-7b`. Write provider/model, such as"
                                + " openai/frobnicator-7b, or add the provider that has it: aistrale tokens add --provider NAME");
    }

    @Test
    void aProviderWithoutADefaultModelAsksForOne() {
        baseUrls.put("vllm", "http://127.0.0.1:8000/v1");

        var wrong = catchThrowableOfType(
                ProblemException.class, () -> router().plan(surroundings().caller(), ask("vllm", null, true)));
        assertThat(wrong.problem().code()).isEqualTo(ProblemCode.INVALID_REQUEST);
        assertThat(wrong.problem().errors().getFirst().pointer()).isEqualTo("/model");
        assertThat(wrong.problem().detail()).isEqualTo("/model: vLLM has no default model here; name one");
    }

    @Test
    void anAddressOfTheOperatorsIsAProviderWithoutACredential() {
        baseUrls.put("my-server", "http://127.0.0.1:8000/v1");

        var target = target(router().plan(surroundings().caller(), ask(null, "my-server/llama", true)));
        assertThat(target.endpoint().baseUrl()).isEqualTo("http://127.0.0.1:8000/v1");
        assertThat(target.endpoint().credential()).isNull();
        assertThat(target.model()).isEqualTo("llama");
    }

    @Test
    void theEnvironmentServesTheDefaultWorkspaceOnly() {
        environment.put("OPENAI_API_KEY", "sk-env");
        assertThat(route(null, "gpt-4o")).isEqualTo("openai gpt-4o");

        var stranger = new Caller("ws_of_others", "key_2", Role.ADMIN, null, false, null);
        assertThat(refused(stranger, ask(null, "gpt-4o", true))).contains("aistrale tokens add --provider openai");
    }

    @Test
    void aStoredTokenComesBeforeTheEnvironment() {
        environment.put("OPENAI_API_KEY", "sk-env");
        with("openai");

        var target = target(router().plan(surroundings().caller(), ask(null, "gpt-4o", true)));
        assertThat(String.valueOf(target.endpoint().credential())).isEqualTo("•••");
        assertThat(java.util.Objects.requireNonNull(target.endpoint().credential())
                        .reveal())
                .isEqualTo("sk-of-openai-123456");
        assertThat(target.toString()).doesNotContain("sk-of").doesNotContain("sk-env");
    }

    private void with(String... providers) {
        for (var provider : providers) {
            surroundings().add(provider, "sk-of-" + provider + "-123456");
        }
    }

    private String defaultModel(String provider) {
        return java.util.Objects.requireNonNull(surroundings().spec(provider).defaultModel());
    }

    private Router router() {
        return new Router(
                surroundings().tokens,
                PriceCatalogue.load(Optional.empty()),
                surroundings().aliases(),
                local);
    }

    private static Target target(Plan plan) {
        assertThat(plan.steps()).hasSize(1);
        return (Target) plan.steps().getFirst();
    }

    private static Ask ask(@Nullable String provider, @Nullable String model, boolean demoMayAnswer) {
        return new Ask(
                ChatRequest.of(List.of()),
                model,
                provider,
                List.of(),
                false,
                null,
                Map.of(),
                null,
                null,
                null,
                null,
                demoMayAnswer);
    }

    private String route(@Nullable String provider, @Nullable String model) {
        var target = target(router().plan(surroundings().caller(), ask(provider, model, true)));
        return target.endpoint().provider() + " " + target.model();
    }

    private String refusal(@Nullable String provider, @Nullable String model) {
        return refused(surroundings().caller(), ask(provider, model, true));
    }

    private String refused(Caller caller, Ask ask) {
        var problem = catchThrowableOfType(ProblemException.class, () -> router().plan(caller, ask));
        assertThat(problem.problem().code()).isEqualTo(ProblemCode.NO_PROVIDER);
        return problem.problem().detail();
    }
}
