package com.aistrale.server.kit.ids;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class IdsTest {
    @Test
    void idsOfOneMillisecondDiffer() {
        var ids = new Ids(InstantSource.fixed(Instant.parse("2026-11-23T08:00:00Z")), new SecureRandom());
        var made = new HashSet<String>();
        for (int i = 0; i < 10_000; i++) {
            made.add(ids.next("inf_"));
        }
        assertThat(made).hasSize(10_000);
    }

    @Test
    void timesBeforeAndAfterAllIdsHaveAFloorToo() {
        var lowest = "inf_00000000000000000000000000";

        assertThat(Ids.floor("inf_", Instant.EPOCH)).isEqualTo(lowest);
        assertThat(Ids.floor("inf_", Instant.parse("1900-01-01T00:00:00Z"))).isEqualTo(lowest);
        assertThat(Ids.floor("inf_", Instant.MIN)).isEqualTo(lowest);
        var lastOfAll = Ids.floor("inf_", Instant.ofEpochMilli((1L << 48) - 1));
        assertThat(Ids.floor("inf_", Instant.parse("+20000-01-01T00:00:00Z"))).isEqualTo(lastOfAll);
        assertThat(Ids.floor("inf_", Instant.MAX)).isEqualTo(lastOfAll);
    }
}
