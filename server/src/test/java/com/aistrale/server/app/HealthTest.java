package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the operator opened to webhooks is seen from outside. */
@Timeout(60)
class HealthTest {
    @TempDir
    Path folder;

    private String webhooks(TestServer.Builder builder) throws Exception {
        try (var server = builder.start()) {
            var health = server.get("/health").expect(200);
            assertThat(health.get("status").stringValue()).isEqualTo("ok");
            assertThat(health.get("version").stringValue()).isEqualTo(Version.TEXT);
            return health.has("webhooks") ? Json.text(health.get("webhooks")) : "";
        }
    }

    @Test
    void nothingIsSaidWhereNothingIsOpened() throws Exception {
        assertThat(webhooks(TestServer.in(folder))).isEmpty();
    }

    @Test
    void hostsAndRanges() throws Exception {
        assertThat(webhooks(TestServer.in(folder)
                        .environment("AISTRALE_WEBHOOKS_ALLOWED_TARGETS", "10.20.0.0/16, hooks.corp.example")))
                .isEqualTo("{\"allowed_targets\":[\"10.20.0.0/16\",\"hooks.corp.example\"],\"allow_http\":false}");
    }

    @Test
    void callsWithoutEncryption() throws Exception {
        assertThat(webhooks(TestServer.in(folder).environment("AISTRALE_WEBHOOKS_ALLOW_HTTP", "true")))
                .isEqualTo("{\"allowed_targets\":[],\"allow_http\":true}");
    }
}
