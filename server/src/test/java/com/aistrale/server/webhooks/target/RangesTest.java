package com.aistrale.server.webhooks.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class RangesTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("aistrale.repository", ".."), "contract", "vectors", "webhook-ssrf.json");

    /** The first and the last address of every range that the policy names, and some between. */
    @TestFactory
    Stream<DynamicTest> nothingThatThePolicyNamesIsPublic() {
        var policy = JsonMapper.shared().readTree(VECTORS.toFile()).path("policy");
        var ranges = Stream.of("non_public_v4", "non_public_v6")
                .flatMap(name -> policy.path(name).valueStream())
                .map(range -> range.asString().split(" ", 2)[0]) // behind it stands what it is for
                .map(text -> text.equals("2001::/32") || text.contains("/") ? text : text + "/128")
                .toList();
        assertThat(ranges).hasSize(33);
        return ranges.stream()
                .map(text -> DynamicTest.dynamicTest(text, () -> {
                    var range = Objects.requireNonNull(Cidr.parse(text));
                    assertThat(Ranges.isPublic(range.first())).isFalse();
                    assertThat(Ranges.isPublic(range.last())).isFalse();
                    var first = new BigInteger(1, range.first());
                    var size = new BigInteger(1, range.last()).subtract(first).add(BigInteger.ONE);
                    for (int i = 1; i < 64; i++) {
                        var between =
                                first.add(size.multiply(BigInteger.valueOf(i)).shiftRight(6));
                        assertThat(Ranges.isPublic(bytes(between, range.first().length)))
                                .isFalse();
                    }
                }));
    }

    private static byte[] bytes(BigInteger number, int length) {
        var bytes = new byte[length];
        var from = number.toByteArray();
        for (int i = 1; i <= Math.min(length, from.length); i++) {
            bytes[length - i] = from[from.length - i];
        }
        return bytes;
    }

    /** The neighbours of what is not public. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.0.0.0",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "168.63.129.15",
                "168.63.129.17",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "191.255.255.255",
                "192.0.1.0",
                "192.0.1.255",
                "192.0.3.0",
                "192.88.98.255",
                "192.88.100.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "198.51.99.255",
                "198.51.101.0",
                "203.0.112.255",
                "203.0.114.0",
                "223.255.255.255",
                "2000::",
                "2001:200::",
                "2001:db7:ffff::1",
                "2001:db9::",
                "2003::",
                "2606:4700:4700::1111",
                "3ffe:ffff::1",
                "3fff:1000::"
            })
    void theirNeighboursAre(String address) {
        assertThat(Ranges.isPublic(Objects.requireNonNull(AllowedTargets.literal(address))))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.1/8",
                "10.0.0.0",
                "10.0.0.0/",
                "10.0.0.0/08",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0/8",
                "/8",
                "fc00::/129",
                "fc00::1/7",
                "fc00/7",
                "10.0.0.0/8/8",
                "a/8",
                "1.2.3.5/31"
            })
    void isNoRange(String text) {
        assertThat(Cidr.parse(text)).isNull();
    }
}
