package com.aistrale.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.fault.Fault;
import com.aistrale.emulator.journal.Recorded;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
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
    void whatIsTakenLaterInTheQueueKeepsItsPlace() throws Exception {
        emulator.script(
                "openai",
                Behaviour.status(500).forModel("gpt-4.1"),
                Behaviour.status(503).times(2),
                Behaviour.status(429));
        assertThat(client.chat("gpt-4o").status()).isEqualTo(503);
        assertThat(client.chat("gpt-4.1").status()).isEqualTo(500);
        assertThat(client.chat("gpt-4.1").status()).isEqualTo(503);
        assertThat(client.chat("gpt-4o").status()).isEqualTo(429);
    }

    @Test
    void aBehaviourIsForOneCredentialWhereverItStands() throws Exception {
        emulator.script("openai", Behaviour.status(401).withKey("sk-other").times(2));
        emulator.script("anthropic", Behaviour.status(401).withKey("sk-ant-test"));
        emulator.script("gemini", Behaviour.status(401).withKey("AIzaTest"));
        assertThat(client.chat("gpt-4o").status()).isEqualTo(200);
        var other = client.request("/v1/chat/completions").setHeader("authorization", "Bearer sk-other");
        assertThat(client.send(other.POST(BodyPublishers.ofString(Client.HELLO)))
                        .status())
                .isEqualTo(401);
        String message = "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":9,"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        assertThat(client.post("/anthropic/v1/messages", message).status()).isEqualTo(401);
        assertThat(client.post("/anthropic/v1/messages", message).status()).isEqualTo(200);
        String content = "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"x\"}]}]}";
        String path = "/gemini/v1beta/models/gemini-2.5-flash-lite:generateContent";
        assertThat(client.post(path, content).status()).isEqualTo(401);
        assertThat(client.post(path, content).status()).isEqualTo(200);
        assertThat(client.send(other.POST(BodyPublishers.ofString(Client.HELLO)))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void aChanceStrikesTheSameOnesForTheSameSeed() throws Exception {
        List<Integer> once = statuses(24, 7);
        assertThat(once).containsOnly(200, 500);
        assertThat(once).filteredOn(status -> status == 500).hasSizeBetween(6, 18);
        assertThat(statuses(24, 7)).isEqualTo(once);
        assertThat(statuses(24, 8)).isNotEqualTo(once);
        assertThatThrownBy(() -> Behaviour.status(500).chance(0, 1)).hasMessageContaining("chance is not above 0");
    }

    /** What so many calls get of which half fail; afterwards the queue is empty. */
    private List<Integer> statuses(int calls, long seed) throws Exception {
        emulator.script("openai", Behaviour.status(500).times(calls).chance(0.5, seed));
        List<Integer> got = new ArrayList<>();
        for (int call = 0; call < calls; call++) {
            got.add(client.chat("gpt-4o").status());
        }
        assertThat(client.chat("gpt-4o").status()).isEqualTo(200);
        return got;
    }

    @Test
    void aPortRefusesConnectionsWhileItIsClosed() throws Exception {
        int port =
                control("/_emulator/ports", "{\"port\":0}").json().get("port").intValue();
        var through = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/openai/v1/models"))
                .header("authorization", "Bearer sk-test");
        assertThat(client.send(through).status()).isEqualTo(200);
        assertThat(client.send(client.request("/_emulator/ports?port=" + port).DELETE())
                        .status())
                .isEqualTo(200);
        assertThatThrownBy(() -> client.send(through)).isInstanceOf(ConnectException.class);
        control("/_emulator/ports", "{\"port\":" + port + "}");
        assertThat(client.send(through).status()).isEqualTo(200);
        assertThat(client.send(client.request("/_emulator/ports?port=" + emulator.port())
                                .DELETE())
                        .json()
                        .get("error")
                        .asString())
                .isEqualTo("port " + emulator.port() + " is the emulator's own");
        assertThat(control("/_emulator/ports", "{}").json().get("error").asString())
                .startsWith("'port' is a whole number");
        assertThat(client.send(client.request("/_emulator/ports").DELETE())
                        .json()
                        .get("error")
                        .asString())
                .startsWith("'port' is a whole number");
    }

    @Test
    void theControlEndpointTakesConditionsAndChances() throws Exception {
        String script =
                "{\"provider\":\"openai\",\"behaviours\":[{\"status\":401,\"model\":\"gpt-4o\",\"key\":\"sk-test\","
                        + "\"containing\":\"Hello\",\"times\":3,\"chance\":1.0,\"seed\":5}]}";
        control("/_emulator/script", script);
        assertThat(client.chat("gpt-4.1").status()).isEqualTo(200);
        assertThat(client.post("/v1/chat/completions", Client.HELLO.replace("Hello", "Bye"))
                        .status())
                .isEqualTo(200);
        var other = client.request("/v1/chat/completions").setHeader("authorization", "Bearer sk-other");
        assertThat(client.send(other.POST(BodyPublishers.ofString(Client.HELLO)))
                        .status())
                .isEqualTo(200);
        assertThat(client.chat("gpt-4o").status()).isEqualTo(401);
        Client.Answer wrong = control(
                "/_emulator/script", "{\"provider\":\"openai\",\"behaviours\":[{\"status\":500,\"chance\":\"half\"}]}");
        assertThat(wrong.json().get("error").asString()).isEqualTo("'chance' is a number, not \"half\"");
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
