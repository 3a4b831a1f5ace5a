package com.aistrale.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.fault.Fault;
import com.aistrale.emulator.journal.Recorded;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Scripts and journal, by the Java API and by the control endpoints. */
class ScriptsAndJournalTest {
    private final Emulator emulator = Emulator.start(0);
    private final Client client = new Client(emulator);

    @AfterEach
    void stop() {
        client.close();
        emulator.close();
    }

    @Test
    void aQueueIsTakenInOrderAndThenThePlainAnswerComesBack() throws Exception {
        emulator.script("openai", Behaviour.status(503).times(2), Behaviour.say("third"));
        assertThat(client.chat("gpt-4o").status()).isEqualTo(503);
        assertThat(client.chat("gpt-4o").status()).isEqualTo(503);
        assertThat(text(client.chat("gpt-4o").json())).isEqualTo("third");
        assertThat(text(client.chat("gpt-4o").json())).startsWith("You said");
        assertThat(emulator.requests("openai")).extracting(Recorded::status).containsExactly(503, 503, 200, 200);
    }

    @Test
    void aScriptIsForItsProviderAndForPostsOnly() throws Exception {
        emulator.script("groq", Behaviour.status(500));
        emulator.script("openai", Behaviour.status(500));
        assertThat(client.get("/openai/v1/models").status()).isEqualTo(200);
        assertThat(client.chat("gpt-4o").status()).isEqualTo(500);
        emulator.script("openai", Behaviour.status(500).onPath("/models"));
        assertThat(client.chat("gpt-4o").status()).isEqualTo(200);
        assertThat(client.get("/openai/v1/models").status()).isEqualTo(500);
    }

    @Test
    void theControlEndpointTakesWhatTheJavaApiTakes() throws Exception {
        String script = "{\"provider\":\"openai\",\"behaviours\":[{\"status\":418,\"headers\":{\"x-tea\":\"pot\"},"
                + "\"body\":{\"short\":\"stout\"}}]}";
        assertThat(control("/_emulator/script", script).json().get("waiting").intValue())
                .isEqualTo(1);
        Client.Answer answer = client.chat("gpt-4o");
        assertThat(answer.status()).isEqualTo(418);
        assertThat(answer.header("x-tea")).isEqualTo("pot");
        assertThat(answer.response().body()).isEqualTo("{\"short\":\"stout\"}");
    }

    @Test
    void theControlEndpointRefusesWhatItDoesNotKnow() throws Exception {
        Client.Answer field = control("/_emulator/script", "{\"provider\":\"openai\",\"behaviours\":[{\"delay\":1}]}");
        assertThat(field.status()).isEqualTo(400);
        assertThat(field.json().get("error").asString()).startsWith("unknown field 'delay'; known are: status,");
        Client.Answer provider = control("/_emulator/script", "{\"provider\":\"acme\",\"behaviours\":[]}");
        assertThat(provider.json().get("error").asString()).contains("not 'acme'");
        assertThatThrownBy(() -> new Fault.Delay(-1)).hasMessage("delay_ms is below 0: -1");
    }

    @Test
    void theJournalShowsWhatWasSentAndNoCredential() throws Exception {
        client.chat("gpt-4o");
        Recorded one = emulator.requests("openai").getFirst();
        assertThat(one.body()).isEqualTo(Client.HELLO);
        assertThat(one.path()).isEqualTo("/openai/v1/chat/completions");
        assertThat(one.model()).isEqualTo("gpt-4o");
        assertThat(one.header("Authorization")).isEqualTo("Bearer " + Emulator.fingerprint("sk-test"));
        String listed =
                client.get("/_emulator/requests?provider=openai").response().body();
        assertThat(listed)
                .contains(Emulator.fingerprint("sk-ant-test"))
                .doesNotContain("sk-test", "sk-ant-test", "AIzaTest");
        client.send(client.request("/_emulator").DELETE());
        assertThat(emulator.requests()).isEmpty();
    }

    @Test
    void keysCanBeRestricted() throws Exception {
        try (Emulator strict = Emulator.start(Options.defaults().withKeys(Set.of("sk-only")));
                Client other = new Client(strict)) {
            assertThat(other.chat("gpt-4o").status()).isEqualTo(401);
            var request = other.request("/v1/chat/completions").setHeader("authorization", "Bearer sk-only");
            assertThat(other.send(request.POST(BodyPublishers.ofString(Client.HELLO)))
                            .status())
                    .isEqualTo(200);
        }
        assertThat(Options.defaults().withKeys(Set.of("sk-only")).toString()).doesNotContain("sk-only");
    }

    private Client.Answer control(String path, String body) throws Exception {
        return client.post(path, body);
    }

    private static String text(JsonNode completion) {
        return completion.at("/choices/0/message/content").asString();
    }
}
