package com.aistrale.server.kit.ids;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class IdsPropertiesTest {
    /** The last millisecond that a UUIDv7 can tell, in the year 10889. */
    private static final long LAST = (1L << 48) - 1;

    private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

    @Property
    void textOrderIsTimeOrderToTheMillisecond(
            @ForAll @LongRange(min = 0, max = LAST - 1) long earlier,
            @ForAll @LongRange(min = 1, max = 100_000_000_000L) long gap,
            @ForAll long seed) {
        var random = new Random(seed);
        var first = at(earlier, random).next("inf_");
        var second = at(Math.min(LAST, earlier + gap), random).next("inf_");

        assertThat(first).isLessThan(second);
    }

    @Property
    void anIdIsAUuidOfVersion7(@ForAll @LongRange(min = 0, max = LAST) long millis, @ForAll long seed) {
        var id = at(millis, new Random(seed)).next("inf_");

        assertThat(id).matches("inf_[0-7][0-9a-hjkmnp-tv-z]{25}");
        var bits = BigInteger.ZERO;
        for (char c : id.substring(4).toCharArray()) {
            bits = bits.shiftLeft(5).or(BigInteger.valueOf(ALPHABET.indexOf(c)));
        }
        assertThat(bits.bitLength()).isLessThanOrEqualTo(128);
        assertThat(bits.shiftRight(80).longValueExact()).as("time").isEqualTo(millis);
        assertThat(bits.shiftRight(76).intValue() & 0xF).as("version").isEqualTo(7);
        assertThat(bits.shiftRight(62).intValue() & 0b11).as("variant").isEqualTo(0b10);
    }

    @Property
    void theFloorOfATimeParts(@ForAll @LongRange(min = 1, max = LAST) long millis, @ForAll long seed) {
        var floor = Ids.floor("inf_", Instant.ofEpochMilli(millis));

        assertThat(at(millis, new Random(seed)).next("inf_")).isGreaterThan(floor);
        assertThat(at(millis - 1, new Random(seed)).next("inf_")).isLessThan(floor);
    }

    private static Ids at(long millis, Random random) {
        return new Ids(InstantSource.fixed(Instant.ofEpochMilli(millis)), random);
    }
}
