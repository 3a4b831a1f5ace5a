package com.aistrale.server.webhooks.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.events.Event;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LaneTest {
    private static final Receiver RECEIVER = new Receiver(
            "wh_1", "ws_1", "https://example.com", Set.of(), Map.of(), false, Map.of(), List.of(), 0, true, null, 0);
    private static final Event EVENT = new Event("evt_1", "ws_1", "prompt.updated", Instant.EPOCH, "{}");

    private final Lane lane = new Lane();

    private static List<Job> jobs(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Job("dlv_" + i, RECEIVER, EVENT, 0, 0, 0, new Job.AsOf(0, 0)))
                .toList();
    }

    private int take(int count) {
        assertThat(lane.reserve(count)).isEqualTo(count);
        return lane.add(jobs(count));
    }

    private void one(boolean delivered) {
        take(1);
        assertThat(lane.next()).isNotNull();
        lane.ended(delivered);
        assertThat(lane.next()).isNull();
    }

    @Test
    void eightWorkAtATimeWhateverWaits() {
        assertThat(take(3)).isEqualTo(3);
        assertThat(take(5)).isEqualTo(5);
        assertThat(lane.reserve(1))
                .as("nothing is claimed ahead for one that is not known")
                .isZero();

        assertThat(lane.next()).isNotNull();
        lane.ended(true);
        assertThat(take(2)).as("seven wait, and eight work already").isZero();
        assertThat(lane.reserve(1)).isZero();
    }

    @Test
    void oneThatAnswersGetsMoreAheadAndOneThatFailsNothing() {
        for (int i = 0; i < 1000; i++) {
            one(true);
        }
        assertThat(lane.reserve(1000)).isEqualTo(Lane.MOST);
        lane.giveBack(Lane.MOST);

        one(false);
        assertThat(lane.reserve(1000)).isEqualTo(Lane.AT_ONCE);
    }

    @Test
    void whoWasRefusedRoomWantsMoreWhenThereIsSome() {
        take(8);
        assertThat(lane.reserve(1)).isZero();
        assertThat(lane.wantsMore()).isFalse();

        for (int i = 0; i < 8; i++) {
            assertThat(lane.next()).isNotNull();
        }
        assertThat(lane.wantsMore()).as("eight are under way").isFalse();
        lane.ended(false);
        assertThat(lane.next()).isNull();
        assertThat(lane.wantsMore()).isTrue();

        lane.caughtUp();
        assertThat(lane.wantsMore()).isFalse();
    }
}
