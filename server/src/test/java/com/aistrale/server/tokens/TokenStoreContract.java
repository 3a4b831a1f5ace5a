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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
