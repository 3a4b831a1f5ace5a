package com.aistrale.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.events.Event;
import com.aistrale.server.events.EventTypes;
import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The server's catalogue of events is {@code contract/events/}. */
class EventTypesTest {
    private static final String ID = "06e0q2w3r8s4t5v6w7x8y9z0a1";

    @Test
    void itHasTheTypesOfTheContractAndNoOther() throws IOException {
        try (var files = Files.list(Contract.folder().resolve("events"))) {
            assertThat(EventTypes.names())
                    .containsExactlyInAnyOrderElementsOf(
                            files.map(file -> file.getFileName().toString().replace(".json", ""))
                                    .toList());
        }
        assertThat(EventTypes.all()).extracting(EventTypes.Type::name).isEqualTo(EventTypes.names());
        assertThat(EventTypes.find("inference.complete")).isEmpty();
        var listed = Contract.written().document().at("/components/schemas/EventType/enum");
        assertThat(listed.valueStream().map(JsonNode::stringValue)).containsExactlyElementsOf(EventTypes.names());
    }

    @Test
    void eachHasItsSchemaAndASentence() throws IOException {
        for (var type : EventTypes.all()) {
            assertThat(type.schema())
                    .isEqualTo(Json.parse(
                            Files.readAllBytes(Contract.folder().resolve("events/" + type.name() + ".json"))));
            assertThat(type.description()).matches("[A-Z][^.]*[^. ]\\.");
        }
    }

    @Test
    void samplesAreAsTheirSchemasSay() {
        for (var type : EventTypes.all()) {
            var data = EventTypes.sample(type.name(), "wh_" + ID);
            var event =
                    new Event("evt_" + ID, "ws_" + ID, type.name(), Instant.EPOCH, Json.text(data), true).envelope();
            assertThat(event.get("test").booleanValue()).isTrue();
            assertThat(Schemas.mistakesAlone(type.schema(), event))
                    .as(type.name())
                    .isEmpty();
            data.put("nobody", "knows it"); // and it is a copy
            assertThat(EventTypes.sample(type.name(), null).has("nobody")).isFalse();
        }
    }

    @Test
    void aTestNamesTheWebhookThatIsTriedOut() {
        assertThat(EventTypes.sample("webhook.test", "wh_1").get("webhook_id").stringValue())
                .isEqualTo("wh_1");
        assertThat(EventTypes.sample("webhook.test", null).get("webhook_id").isNull())
                .isTrue();
        assertThat(EventTypes.sample("inference.completed", "wh_1").has("webhook_id"))
                .isFalse();
    }

    @Test
    void thoseOfInferencesAreKnown() {
        assertThat(EventTypes.names().stream().filter(EventTypes::tellsOfInference))
                .containsExactly("inference.completed", "inference.failed");
    }
}
