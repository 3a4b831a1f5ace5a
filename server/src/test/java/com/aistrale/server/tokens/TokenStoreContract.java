package com.aistrale.server.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.http.LogCapture;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.tokens.Tokens.Source;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
abstract class TokenStoreContract {
    static final String SECRET = "sk-proj-TOPSECRET-0123456789-abcd";

    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();
    TestDatabase kind;
    Surroundings at;

    abstract TestDatabase database(Path folder) throws Exception;

    @BeforeEach
    void open() throws Exception {
        kind = database(folder);
        at = new Surroundings(kind, environment, Map.of(), List.of());
    }

    @AfterEach
    void close() {
        at.close();
    }

    private void reopen(byte[]... masterKeys) throws Exception {
        at.close();
        at = new Surroundings(kind, environment, Map.of(), List.of(), masterKeys);
    }

    @Test
    void aStoredTokenOpensItsProviderAfterARestartToo() throws Exception {
        at.add("openai", SECRET);
        assertThat(secret("openai")).isEqualTo(SECRET);
        reopen(new byte[32]);
        assertThat(secret("openai")).isEqualTo(SECRET);
        assertThat(at.tokens.credential(at.workspace(), true, at.spec("groq"))).isEmpty();
        assertThat(at.tokens.credential("ws_of_others", false, at.spec("openai")))
                .isEmpty();
    }

    @Test
    void whatIsReplacedOrDeletedIsNotUsed() {
        var token = at.add("openai", "sk-first-0123456789");
        at.tokens.update(at.caller(), token.id(), TokenChange.of(new Secret("sk-third-0123456789")));
        assertThat(secret("openai")).isEqualTo("sk-third-0123456789");
        at.add("openai", "sk-second-0123456789");
        at.tokens.delete(at.caller(), token.id());
        assertThat(secret("openai")).isEqualTo("sk-second-0123456789");
    }

    @Test
    void theListSaysNoMoreThanFourCharacters() {
        at.add("openai", SECRET);
        at.add("groq", "short");

        assertThat(at.tokens.list(at.workspace())).extracting(Token::provider).containsExactly("groq", "openai");
        assertThat(at.tokens.list(at.workspace())).extracting(Token::lastFour).containsExactly("", "abcd");
        assertThat(at.tokens.list(at.workspace()).toString()).doesNotContain("TOPSECRET");
    }

    @Test
    void whatIsReturnedIsWhatIsListed() {
        var added = at.add("openai", SECRET);

        assertThat(at.tokens.list(at.workspace())).containsExactly(added);
        var replaced =
                at.tokens.update(at.caller(), added.id(), TokenChange.of(new Secret("sk-other-0123456789-wxyz")));
        assertThat(at.tokens.list(at.workspace())).containsExactly(replaced);
        assertThat(replaced.lastFour()).isEqualTo("wxyz");
        assertThat(replaced.createdAt()).isEqualTo(added.createdAt());
    }

    @Test
    void aTokenOfAnotherWorkspaceIsNotThere() {
        var token = at.add("openai", SECRET);
        var stranger = new Caller("ws_of_others", "key_2", Role.ADMIN, null, false, null);

        for (var call : List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                () -> at.tokens.delete(stranger, token.id()),
                () -> at.tokens.update(stranger, token.id(), TokenChange.of(new Secret("sk-x"))),
                () -> at.tokens.delete(at.caller(), "tok_none"))) {
            var missing = catchThrowableOfType(ProblemException.class, call);
            assertThat(missing.problem().code()).isEqualTo(ProblemCode.NOT_FOUND);
        }
        assertThat(secret("openai")).isEqualTo(SECRET);
    }

    @Test
    void aMissingTokenIsNoFaultOfTheDatabase() {
        try (var log = new LogCapture()) {
            catchThrowableOfType(ProblemException.class, () -> at.tokens.delete(at.caller(), "tok_none"));
            assertThat(log.loud()).isEmpty();
        }
    }

    @Test
    void aFailedWriteLogsNoSecret() throws Exception {
        try (var log = new LogCapture();
                var file = kind.connect()) {
            kind.failInserts(file, "provider_token", "disk full");
            var failed = catchThrowableOfType(ProblemException.class, () -> at.add("openai", SECRET));
            assertThat(failed.problem().code()).isEqualTo(ProblemCode.DATABASE_UNAVAILABLE);
            assertThat(log.text()).contains("disk full").doesNotContain("TOPSECRET");
        }
        assertThat(at.tokens.list(at.workspace())).isEmpty();
        assertThat(at.tokens.defaultModel(at.workspace(), true))
                .as("the pin goes with the token")
                .isNull();
    }

    @Test
    void withAnotherMasterKeyItSaysWhatToDo() throws Exception {
        var token = at.add("openai", SECRET);
        reopen(key(7));

        var failed = catchThrowableOfType(ProblemException.class, () -> secret("openai"));

        assertThat(failed.problem().code()).isEqualTo(ProblemCode.NO_PROVIDER);
        assertThat(failed.problem().detail())
                .isEqualTo("The stored token " + token.id() + " for openai cannot be decrypted: it was sealed with"
                        + " another master key. Start the server with the master key it was stored under, or add the"
                        + " token again: aistrale tokens add --provider openai");
        at.add("openai", "sk-again-0123456789");
        assertThat(secret("openai")).isEqualTo("sk-again-0123456789");
    }

    @Test
    void afterARotationOldTokensOpenStill() throws Exception {
        at.add("openai", SECRET);
        reopen(key(7), new byte[32]);

        assertThat(secret("openai")).isEqualTo(SECRET);
    }

    @Test
    void aRowMovedToAnotherProviderDoesNotOpen() throws Exception {
        at.add("openai", SECRET);
        try (var file = kind.connect()) {
            file.execute("UPDATE provider_token SET provider = 'my-server'");
        }
        at.close();
        at = new Surroundings(kind, environment, Map.of("my-server", "http://127.0.0.1:1"), List.of());

        var failed = catchThrowableOfType(ProblemException.class, () -> secret("my-server"));
        assertThat(failed.problem().detail()).contains("it was changed, or belongs elsewhere");
    }

    @Test
    void aTokenThatDoesNotOpenIsLeftOutWhereOthersDo() throws Exception {
        var old = at.add("openai", SECRET);
        reopen(key(7));
        try (var log = new LogCapture()) {
            var token = at.add("openai", "sk-again-0123456789");
            for (int i = 0; i < 50; i++) {
                assertThat(at.next()).isEqualTo(token.id());
            }
            at.tokens.update(at.caller(), token.id(), new TokenChange(null, false, null, 2));
            assertThat(at.next()).isEqualTo(token.id());
            assertThat(log.loud()).as("once").hasSize(1).first().asString().contains(old.id());
        }
    }

    @Test
    void theTokensOfAProviderShareItsCallsByTheirWeights() {
        var one = at.add("openai", "sk-one-0123456789", 1).id();
        var two = at.add("openai", "sk-two-0123456789", 2).id();
        var five = at.add("openai", "sk-five-0123456789", 5).id();
        at.add("groq", "gsk-0123456789", 100);

        var counts = counts(8_000);
        assertThat(counts).containsOnlyKeys(one, two, five);
        assertThat(counts.get(one)).isBetween(880, 1_120);
        assertThat(counts.get(two)).isBetween(1_840, 2_160);
        assertThat(counts.get(five)).isBetween(4_820, 5_180);

        counts = counts(3_000, five);
        assertThat(counts).containsOnlyKeys(one, two);
        assertThat(counts.get(one)).isBetween(900, 1_100);
        assertThat(counts(20, one, five)).containsOnlyKeys(two);
        assertThat(at.openAi(one, two, five)).isEmpty();

        at.tokens.update(at.caller(), one, new TokenChange(null, false, null, 93));
        assertThat(counts(1_000).get(one)).isBetween(900, 960);
    }

    private Map<String, Integer> counts(int calls, String... without) {
        var counts = new HashMap<String, Integer>();
        for (int i = 0; i < calls; i++) {
            counts.merge(String.valueOf(at.next(without)), 1, Integer::sum);
        }
        return counts;
    }

    private Token listed(String id) {
        return at.tokens.list(at.workspace()).stream()
                .filter(token -> token.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** The provider answers 401 to a call with it. */
    private void refuse(Token token) {
        at.tokens.refused(at.workspace(), endpoint(token), "OpenAI refused the credential (401): expired.");
    }

    private void accept(Token token) {
        at.tokens.accepted(at.workspace(), endpoint(token));
    }

    private Endpoint endpoint(Token token) {
        var others = at.tokens.list(at.workspace()).stream()
                .map(Token::id)
                .filter(id -> !id.equals(token.id()))
                .toArray(String[]::new);
        var endpoint = at.openAi(others).orElseThrow();
        assertThat(endpoint.tokenId()).isEqualTo(token.id());
        return endpoint;
    }

    @Test
    void aRefusedTokenIsSetAsideAndTheOthersAreUsed() throws Exception {
        var bad = at.add("openai", "sk-bad-0123456789", 100);
        var good = at.add("openai", "sk-good-0123456789");
        try (var log = new LogCapture()) {
            refuse(bad);
            refuse(bad);
            assertThat(log.loud())
                    .containsExactly("the token " + bad.id() + " of " + at.workspace()
                            + " is set aside: OpenAI refused the credential (401): expired.");
            assertThat(log.text()).doesNotContain("0123456789");
        }
        assertThat(counts(50)).containsOnlyKeys(good.id());
        var setAside = Objects.requireNonNull(listed(bad.id()).setAside());
        assertThat(setAside.reason()).isEqualTo("OpenAI refused the credential (401): expired.");
        assertThat(setAside.at()).isBetween(bad.createdAt(), Instant.now());
        assertThat(listed(good.id()).setAside()).isNull();
        reopen(new byte[32]);
        assertThat(counts(50)).as("after a restart").containsOnlyKeys(good.id());
    }

    @Test
    void whenNoneIsLeftTheLongestSetAsideIsUsed() {
        var first = at.add("openai", "sk-first-0123456789");
        var second = at.add("openai", "sk-second-0123456789");
        refuse(second);
        at.pass(Duration.ofSeconds(10));
        refuse(first);

        assertThat(counts(20)).containsOnlyKeys(second.id());
        assertThat(counts(20, second.id())).containsOnlyKeys(first.id());
        assertThat(at.openAi(first.id(), second.id())).isEmpty();
        at.pass(Duration.ofSeconds(10));
        refuse(second);
        assertThat(counts(20)).containsOnlyKeys(first.id());
    }

    @Test
    void afterFiveMinutesOneCallTriesItAgain() {
        var bad = at.add("openai", "sk-bad-0123456789");
        var good = at.add("openai", "sk-good-0123456789");
        refuse(bad);
        at.pass(Stored.REST.minusSeconds(10));
        assertThat(counts(20)).containsOnlyKeys(good.id());
        at.pass(Duration.ofSeconds(10));
        at.tokens.endpoint(at.workspace(), true, at.spec("openai")); // a look is no call
        assertThat(counts(20)).containsEntry(bad.id(), 1).containsEntry(good.id(), 19);

        at.pass(Duration.ofSeconds(31));
        assertThat(counts(20)).as("nobody heard of the first one").containsEntry(bad.id(), 1);
        refuse(bad);
        at.pass(Stored.REST.minusSeconds(10));
        assertThat(counts(20)).containsOnlyKeys(good.id());
        at.pass(Duration.ofSeconds(10));
        assertThat(at.next(bad.id())).isEqualTo(good.id());
        assertThat(at.next()).isEqualTo(bad.id());

        accept(bad);
        assertThat(listed(bad.id()).setAside()).isNull();
        assertThat(counts(1_000).get(bad.id())).isBetween(400, 600);
    }

    /** What is asked for beside a token that was limited. */
    @Test
    void whatIsSetAsideIsInUseAgainWhenItHasRested() {
        var bad = at.add("openai", "sk-bad-0123456789");
        var limited = at.add("openai", "sk-limited-0123456789");
        refuse(bad);
        at.pass(Stored.REST.minusSeconds(10));
        assertThat(inUse(limited.id())).isNull();
        assertThat(at.next(limited.id())).as("where nothing else is left").isEqualTo(bad.id());
        assertThat(inUse()).isEqualTo(limited.id());

        at.pass(Duration.ofSeconds(10));
        assertThat(inUse(limited.id())).isEqualTo(bad.id());
        assertThat(inUse(limited.id())).as("one call tries it").isNull();
    }

    private @org.jspecify.annotations.Nullable String inUse(String... without) {
        return at.tokens
                .endpointInUse(at.workspace(), true, at.spec("openai"), Set.of(without))
                .map(Endpoint::tokenId)
                .orElse(null);
    }

    @Test
    void aClockThatGoesBackDoesNotPutTheTryOff() {
        var bad = at.add("openai", "sk-bad-0123456789");
        at.add("openai", "sk-good-0123456789");
        refuse(bad);
        at.pass(Duration.ofHours(-10));
        assertThat(counts(20)).containsEntry(bad.id(), 1);
        refuse(bad);
        at.pass(Stored.REST.minusSeconds(10));
        assertThat(counts(20)).doesNotContainKey(bad.id());
        at.pass(Duration.ofSeconds(10));
        assertThat(counts(20)).containsEntry(bad.id(), 1);
    }

    @Test
    void anotherSecretIsUsedAtOnceAndAnotherWeightChangesNothing() {
        var bad = at.add("openai", "sk-bad-0123456789");
        at.add("openai", "sk-good-0123456789");
        refuse(bad);

        var heavier = at.tokens.update(at.caller(), bad.id(), new TokenChange(null, true, "old", 3));
        assertThat(heavier).isEqualTo(listed(bad.id()));
        assertThat(heavier.setAside()).isNotNull();
        var replaced = at.tokens.update(at.caller(), bad.id(), TokenChange.of(new Secret("sk-new-0123456789")));
        assertThat(replaced).isEqualTo(listed(bad.id()));
        assertThat(replaced.setAside()).isNull();
        assertThat(counts(1_000).get(bad.id())).isBetween(680, 820);
    }

    @Test
    void aLateWordOfTheOldSecretSaysNothingOfTheNewOne() {
        var token = at.add("openai", "sk-old-0123456789");
        var early = endpoint(token);
        at.tokens.update(at.caller(), token.id(), TokenChange.of(new Secret("sk-new-0123456789")));
        at.tokens.refused(at.workspace(), early, "expired");
        assertThat(listed(token.id()).setAside()).isNull();

        refuse(token);
        at.tokens.accepted(at.workspace(), early);
        assertThat(listed(token.id()).setAside()).isNotNull();

        var gone = endpoint(token);
        at.tokens.delete(at.caller(), token.id());
        at.tokens.refused(at.workspace(), gone, "expired");
        at.tokens.accepted(at.workspace(), gone);
        assertThat(at.tokens.list(at.workspace())).isEmpty();
    }

    @Test
    void theEnvironmentServesWhereNoStoredTokenIsInUse() throws Exception {
        environment.put("OPENAI_API_KEY", "sk-of-the-environment");
        reopen(new byte[32]);
        var token = at.add("openai", "sk-stored-0123456789");
        assertThat(counts(20)).containsOnlyKeys(token.id());
        assertThat(at.openAi(token.id())).as("it is limited, and in use still").isEmpty();
        refuse(token);

        assertThat(at.next()).isNull();
        assertThat(at.tokens
                        .credential(at.workspace(), true, at.spec("openai"))
                        .orElseThrow()
                        .source())
                .isEqualTo(Source.ENVIRONMENT);
        assertThat(at.tokens
                        .endpoint(at.workspace(), false, at.spec("openai"), Set.of())
                        .orElseThrow()
                        .tokenId())
                .as("it serves the default workspace only")
                .isEqualTo(token.id());
        at.tokens.refused(at.workspace(), at.openAi().orElseThrow(), "expired");
        assertThat(at.next()).as("nothing is known of it").isNull();
        at.pass(Stored.REST);
        assertThat(at.next()).isEqualTo(token.id());
        assertThat(at.next()).isNull();
    }

    @Test
    void aServerOfOnesOwnWithATokenIsNotAskedWithoutIt() throws Exception {
        at.close();
        at = new Surroundings(kind, environment, Map.of("vllm", "http://127.0.0.1:1/v1"), List.of());
        var vllm = at.spec("vllm");
        assertThat(at.tokens
                        .endpoint(at.workspace(), true, vllm, Set.of())
                        .orElseThrow()
                        .credential())
                .isNull();
        var token = at.add("vllm", "secret-0123456789");
        assertThat(at.tokens.endpoint(at.workspace(), true, vllm, Set.of(token.id())))
                .isEmpty();
    }

    @Test
    void whileTheDatabaseIsAwayTheCallGoesOn() throws Exception {
        var token = at.add("openai", SECRET);
        var endpoint = endpoint(token);
        try (var log = new LogCapture();
                var file = kind.connect()) {
            file.execute("ALTER TABLE provider_token RENAME COLUMN set_aside_reason TO hidden");
            at.tokens.refused(at.workspace(), endpoint, "expired");
            assertThat(log.loud()).anyMatch(line -> line.startsWith("that could not be recorded"));
            file.execute("ALTER TABLE provider_token RENAME COLUMN hidden TO set_aside_reason");
        }
        assertThat(listed(token.id()).setAside()).isNull();
    }

    @Test
    void theEnvironmentsVariablesAreAskedInOrderAndBlankOnesAreNone() throws Exception {
        environment.put("GEMINI_API_KEY", "  ");
        environment.put("GOOGLE_API_KEY", " key-of-google \n");
        reopen(new byte[32]);

        var credential =
                at.tokens.credential(at.workspace(), true, at.spec("gemini")).orElseThrow();
        assertThat(credential.source()).isEqualTo(Source.ENVIRONMENT);
        assertThat(Objects.requireNonNull(credential.secret()).reveal()).isEqualTo("key-of-google");
    }

    @Test
    void theDefaultModelIsPinnedByTheFirstCredentialAndStays() throws Exception {
        assertThat(at.tokens.defaultModel(at.workspace(), true)).isNull();
        var first = at.add("groq", "gsk-0123456789");
        var pinned = "groq/" + at.spec("groq").defaultModel();
        assertThat(at.tokens.defaultModel(at.workspace(), true)).isEqualTo(pinned);
        at.add("openai", SECRET);
        at.tokens.delete(at.caller(), first.id());
        assertThat(at.tokens.defaultModel(at.workspace(), true)).isEqualTo(pinned);
        environment.put("OPENAI_API_KEY", "sk-env");
        reopen(new byte[32]);
        assertThat(at.tokens.defaultModel(at.workspace(), true)).isEqualTo(pinned);
    }

    @Test
    void anotherModelIsPinnedAndWhatIsUnpinnedIsChosenAnew() {
        at.add("groq", "gsk-0123456789");
        at.add("openai", SECRET);

        pin("openai/gpt-4o");
        assertThat(at.tokens.defaultModel(at.workspace(), true)).isEqualTo("openai/gpt-4o");
        pin(null);
        assertThat(at.tokens.defaultModel(at.workspace(), false))
                .as("of the first token")
                .isEqualTo("groq/" + at.spec("groq").defaultModel());
    }

    private void pin(@org.jspecify.annotations.Nullable String model) {
        at.database.write(tx -> {
            at.tokens.setDefaultModel(tx, at.workspace(), model);
            return true;
        });
        at.tokens.defaultModelChanged(at.workspace());
    }

    @Test
    void aDeletedWorkspacesTokensGoInBatches() {
        for (int i = 0; i < 5; i++) {
            at.add("openai", SECRET);
        }
        assertThat(at.tokens.deleteBatch("ws_of_others", 10)).isZero();
        assertThat(secret("openai")).isEqualTo(SECRET);

        assertThat(at.tokens.deleteBatch(at.workspace(), 3)).isEqualTo(3);
        assertThat(at.tokens.deleteBatch(at.workspace(), 3)).isEqualTo(2);
        assertThat(at.tokens.deleteBatch(at.workspace(), 3)).isZero();
        assertThat(at.tokens.credential(at.workspace(), false, at.spec("openai")))
                .isEmpty();
    }

    @Test
    void whatTheEnvironmentPinnedStaysWhenItIsGone() throws Exception {
        environment.put("ANTHROPIC_API_KEY", "sk-ant");
        reopen(new byte[32]);
        var pinned = "anthropic/" + at.spec("anthropic").defaultModel();
        assertThat(at.tokens.defaultModel("ws_of_others", false)).isNull();
        assertThat(at.tokens.defaultModel(at.workspace(), true)).isEqualTo(pinned);
        environment.clear();
        reopen(new byte[32]);
        assertThat(at.tokens.defaultModel(at.workspace(), true)).isEqualTo(pinned);
    }

    private String secret(String provider) {
        var credential =
                at.tokens.credential(at.workspace(), true, at.spec(provider)).orElseThrow();
        assertThat(credential.toString()).doesNotContain("sk-");
        return Objects.requireNonNull(credential.secret()).reveal();
    }

    private static byte[] key(int fill) {
        var key = new byte[32];
        Arrays.fill(key, (byte) fill);
        return key;
    }
}
