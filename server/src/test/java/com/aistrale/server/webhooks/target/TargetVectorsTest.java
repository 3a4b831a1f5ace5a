package com.aistrale.server.webhooks.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.kit.http.Outbound;
import com.aistrale.server.kit.http.PinnedOutbound;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.http.Rerouting;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The law of where webhooks go: what each URL comes to when it is registered, and at every attempt. */
class TargetVectorsTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("aistrale.repository", ".."), "contract", "vectors", "webhook-ssrf.json");
    private static final List<JsonNode> CASES = JsonMapper.shared()
            .readTree(VECTORS.toFile())
            .path("cases")
            .valueStream()
            .toList();
    private static final List<String> DEV_TARGETS = List.of("127.0.0.0/8", "::1/128", "localhost");
    private static final InetAddress PUBLIC = InetAddress.ofLiteral("93.184.215.14");

    /** A resolver that answers as the case says: one list of answers per lookup, the last one again and again. */
    private static final class Answers implements Resolver {
        private final JsonNode lists;
        private int lookups;

        Answers(JsonNode vector) {
            this.lists = vector.path("resolver");
        }

        @Override
        public List<InetAddress> lookup(String host) {
            assertThat(lists.isArray()).as("nothing is looked up for " + host).isTrue();
            var answers = new ArrayList<InetAddress>();
            lists.get(Math.min(lookups++, lists.size() - 1))
                    .forEach(answer -> answers.add(InetAddress.ofLiteral(answer.asString())));
            return answers;
        }
    }

    @TestFactory
    Stream<DynamicTest> whenAWebhookIsRegistered() {
        assertThat(CASES).hasSize(146);
        return tests(vector -> {
            var policy = new TargetPolicy(List.of(), false, new Answers(vector));
            var url = vector.path("url").asString();
            if (vector.path("verdict").asString().equals("reject_create")) {
                assertRefused(policy, url);
            } else {
                var stored = policy.parse(url).url();
                assertThat(stored).isEqualTo(vector.path("stored_as").asString(withoutDot(url)));
            }
        });
    }

    /** With exactly the settings that the vectors name. */
    @TestFactory
    Stream<DynamicTest> inDevelopment() {
        return tests(vector -> {
            var policy = new TargetPolicy(DEV_TARGETS, true, dev(vector));
            var url = vector.path("url").asString();
            boolean rebinds = vector.path("category").asString().equals("dns_rebind");
            boolean redirects = vector.path("category").asString().equals("redirect");
            if (vector.path("dev_verdict").asString().equals("accept")) {
                assertThat(policy.resolve(policy.parse(url))).isNotEmpty();
            } else if (rebinds || redirects) {
                // What is refused there happens behind the first lookup: see the attempts.
                assertThat(policy.resolve(policy.parse(url))).containsExactly(PUBLIC);
            } else {
                assertThatThrownBy(() -> policy.resolve(policy.parse(url)))
                        .isInstanceOfAny(TargetRefused.class, TargetBlocked.class, UnknownHostException.class);
            }
        });
    }

    /** {@code localhost} is looked up, for which the vectors have no answer, and {@code http://example.com}. */
    private static Resolver dev(JsonNode vector) {
        var answers = new Answers(vector);
        return host -> switch (vector.path("resolver").isMissingNode() ? host : "") {
            case "localhost" -> List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));
            case "example.com" -> List.of(PUBLIC);
            default -> answers.lookup(host);
        };
    }

    /**
     * Three attempts at each URL that can be registered. Whatever is connected to but the one public address lands at the
     * canary, which must hear nothing: over http, as TLS changes nothing here.
     */
    @TestFactory
    Stream<DynamicTest> atEveryAttempt() {
        return tests(vector -> {
            if (!vector.path("verdict").asString().equals("reject_create")) {
                attempts(vector, List.of());
                attempts(vector, DEV_TARGETS);
            }
        });
    }

    private static void attempts(JsonNode vector, List<String> allowed) throws Exception {
        var answers = new Answers(vector);
        var policy = new TargetPolicy(allowed, true, answers);
        var target = policy.parse(vector.path("url").asString().replaceFirst("^https:", "http:"));
        boolean literal = vector.path("resolver").isMissingNode();
        try (var receiver = RawServer.answering(answer(vector));
                var canary = RawServer.answering(RawServer.json("{}"))) {
            var rerouting =
                    new Rerouting(wanted -> at(literal || wanted.getAddress().equals(PUBLIC) ? receiver : canary));
            var verdicts = new ArrayList<String>();
            try (var outbound = rerouting.outbound()) {
                for (int attempt = 1; attempt <= 3; attempt++) {
                    verdicts.add(attempt(policy, outbound, target));
                    assertThat(answers.lookups).isEqualTo(literal ? 0 : attempt);
                }
            }
            assertThat(verdicts).containsExactlyElementsOf(expected(vector));
            assertThat(canary.connections()).isZero();
            long sent =
                    verdicts.stream().filter(verdict -> verdict.matches("\\d+")).count();
            assertThat(receiver.requests())
                    .hasSize((int) sent)
                    .allSatisfy(request -> assertThat(request)
                            .containsIgnoringCase("\r\nhost: " + target.url().split("/", -1)[2] + "\r\n"));
            if (vector.has("wire_check")) {
                assertThat(receiver.requests())
                        .allSatisfy(request -> assertThat(request)
                                .startsWith("POST /%0d%0aX-Injected:%201 HTTP/1.1\r\n")
                                .doesNotContain("\r\nX-Injected"));
            }
        }
    }

    private static String attempt(TargetPolicy policy, PinnedOutbound outbound, Target target) throws Exception {
        List<InetAddress> addresses;
        try {
            addresses = policy.resolve(target);
        } catch (TargetBlocked blocked) {
            assertThat(blocked.getMessage()).doesNotContainPattern("\\d+\\.\\d+\\.\\d+\\.\\d+ |::");
            return "blocked";
        } catch (UnknownHostException unknown) {
            return "dns";
        }
        var request = new Outbound.Request(
                "POST",
                target.url(),
                Map.of(),
                "{}".getBytes(StandardCharsets.UTF_8),
                Duration.ofSeconds(10),
                new Cancellation());
        try (var response = outbound.send(request, addresses)) {
            response.bytes();
            return Integer.toString(response.status());
        }
    }

    private static List<String> expected(JsonNode vector) {
        return switch (vector.path("category").asString()) {
            case "dns_private" -> List.of("blocked", "blocked", "blocked");
            case "dns_rebind" -> List.of("200", "blocked", "blocked");
            case "dns_fail" -> List.of("dns", "dns", "dns");
            case "redirect" ->
                Collections.nCopies(3, vector.path("redirect").asString().substring(0, 3));
            default -> List.of("200", "200", "200");
        };
    }

    private static String answer(JsonNode vector) {
        var redirect = vector.path("redirect").asString("200 ");
        var rest = redirect.substring(4);
        var header = rest.isEmpty() || rest.startsWith("Refresh") ? rest : "location: " + rest;
        return RawServer.response(redirect.substring(0, 3) + " X", header.isEmpty() ? "" : header + "\r\n", "{}");
    }

    private static InetSocketAddress at(RawServer server) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
    }

    private static void assertRefused(TargetPolicy policy, String url) {
        assertThatThrownBy(() -> policy.parse(url))
                .isInstanceOfSatisfying(
                        TargetRefused.class,
                        refused -> assertThat(refused.getMessage()).matches("[A-Z`][^\\p{Cntrl}]{20,400}\\."));
    }

    private static String withoutDot(String url) {
        return url.replace(".test./", ".test/");
    }

    private interface Check {
        void of(JsonNode vector) throws Exception;
    }

    private static Stream<DynamicTest> tests(Check check) {
        return CASES.stream()
                .map(vector -> DynamicTest.dynamicTest(
                        vector.path("id").asString() + " " + vector.path("why").asString(), () -> check.of(vector)));
    }
}
