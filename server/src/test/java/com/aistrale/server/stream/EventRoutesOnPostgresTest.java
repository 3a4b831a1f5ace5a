package com.aistrale.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.OnPostgres;
import org.junit.jupiter.api.Test;

@OnPostgres
class EventRoutesOnPostgresTest extends EventRoutesTest {
    /** As often as this it would take five seconds, if a listener only looked by itself. */
    @Test
    void whatAnotherNodeTellsOfIsLookedAtAtOnce() throws Exception {
        var client = listen("");
        server.post("/api/v1/events/test", "{\"event_type\":\"webhook.test\"}").expect(201);
        next(client);
        try (var other = server.database()) {
            long begin = System.nanoTime();
            for (int i = 0; i < 10; i++) {
                other.execute("INSERT INTO event (id, workspace_id, type, timestamp, data) SELECT 'evt_other" + i
                        + "', workspace_id, type, timestamp, data FROM event WHERE type = 'webhook.test' LIMIT 1");
                other.execute("NOTIFY aistrale_news");
                assertThat(next(client).data().get("id").stringValue()).isEqualTo("evt_other" + i);
            }
            assertThat(System.nanoTime() - begin).isLessThan(3_500_000_000L);
        }
    }
}
