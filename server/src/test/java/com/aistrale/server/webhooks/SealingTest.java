package com.aistrale.server.webhooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.kit.crypto.Envelope;
import com.aistrale.server.kit.crypto.Envelope.CannotOpen;
import com.aistrale.server.kit.crypto.Secret;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SealingTest {
    private static final Secret SECRET = new Secret("whsec_TOPSECRET");

    private final Sealing sealing = new Sealing(new Envelope(List.of(new byte[32]), new SecureRandom()));

    @Test
    void whatIsSealedOpens() throws Exception {
        var headers = new LinkedHashMap<String, String>();
        headers.put("X-Two", "b");
        headers.put("Authorization", "Bearer TOPSECRET");
        var secret = sealing.sealSecret("ws_1", "wh_1", SECRET);
        var sealed = sealing.sealHeaders("ws_1", "wh_1", headers);

        assertThat(sealing.openSecret("ws_1", "wh_1", secret).reveal()).isEqualTo("whsec_TOPSECRET");
        assertThat(sealing.openHeaders("ws_1", "wh_1", sealed)).containsExactlyEntriesOf(headers);
        for (var bytes : List.of(secret, sealed)) {
            assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain("TOPSECRET");
        }
    }

    @Test
    void itOpensNowhereElse() {
        var secret = sealing.sealSecret("ws_1", "wh_1", SECRET);
        var headers = sealing.sealHeaders("ws_1", "wh_1", new LinkedHashMap<>());

        for (var call : List.<ThrowingCallable>of(
                () -> sealing.openSecret("ws_2", "wh_1", secret),
                () -> sealing.openSecret("ws_1", "wh_2", secret),
                () -> sealing.openHeaders("ws_1", "wh_1", secret),
                () -> sealing.openSecret("ws_1", "wh_1", headers),
                () -> sealing.openHeaders("ws_1", "wh_2", headers))) {
            assertThatThrownBy(call).isInstanceOf(CannotOpen.class);
        }
    }
}
