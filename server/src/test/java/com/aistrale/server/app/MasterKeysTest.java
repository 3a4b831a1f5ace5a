package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.kit.crypto.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MasterKeysTest {
    @TempDir
    Path folder;

    @Test
    void makesAKeyFileForItsOwnerOnlyAndKeepsIt() throws Exception {
        var first = load(List.of());
        var again = load(List.of());

        assertThat(first).hasSize(1);
        assertThat(first.getFirst()).hasSize(32).isEqualTo(again.getFirst());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("master.key"))))
                .isEqualTo("rw-------");
    }

    @Test
    void everyDirectoryGetsAnotherKey(@TempDir Path other) throws Exception {
        assertThat(load(List.of()).getFirst())
                .isNotEqualTo(
                        MasterKeys.load(List.of(), other, new SecureRandom()).getFirst());
    }

    @Test
    void givenKeysComeBeforeTheFileAndMakeNone() throws Exception {
        var one = new byte[32];
        var two = new byte[32];
        Arrays.fill(two, (byte) 2);
        var given = List.of(secret(one), secret(two));

        var keys = load(given);

        assertThat(keys).containsExactly(one, two);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aDamagedKeyFileIsNotReplaced() throws Exception {
        var file = Files.writeString(folder.resolve("master.key"), "SECRETc2hvcnQ=\n");

        assertThatThrownBy(() -> load(List.of()))
                .isInstanceOf(StartException.class)
                .hasMessage(file + " holds no master key (32 bytes in base64). Restore it from a backup: without it the"
                        + " stored provider tokens cannot be decrypted. To begin anew, delete it and add the tokens"
                        + " again.");
        assertThat(file).hasContent("SECRETc2hvcnQ=\n");
    }

    private List<byte[]> load(List<Secret> given) throws Exception {
        return MasterKeys.load(given, folder, new SecureRandom());
    }

    private static Secret secret(byte[] key) {
        return new Secret(Base64.getEncoder().encodeToString(key));
    }
}
