package com.aistrale.server.app;

import com.aistrale.server.kit.crypto.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;

/** The keys that seal provider tokens: given, or a file of the data directory's own, readable by its owner only. */
final class MasterKeys {
    private static final int BYTES = 32;
    private static final String FILE = "master.key";

    private MasterKeys() {}

    static boolean isMasterKey(String text) {
        try {
            return Base64.getDecoder().decode(text.strip()).length == BYTES;
        } catch (IllegalArgumentException noBase64) {
            return false;
        }
    }

    /** @throws StartException when the key file is there and holds no key */
    static List<byte[]> load(List<Secret> given, Path dataDir, SecureRandom random) throws IOException, StartException {
        if (!given.isEmpty()) {
            return given.stream()
                    .map(key -> Base64.getDecoder().decode(key.reveal().strip()))
                    .toList();
        }
        var file = dataDir.resolve(FILE);
        if (!Files.exists(file)) {
            var key = new byte[BYTES];
            random.nextBytes(key);
            var text = Base64.getEncoder().encodeToString(key) + "\n";
            var whole = Files.createTempFile(
                    dataDir,
                    FILE,
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(whole, text, StandardOpenOption.SYNC);
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        }
        var text = Files.readString(file).strip();
        if (!isMasterKey(text)) {
            throw new StartException(file + " holds no master key (32 bytes in base64). Restore it from a backup:"
                    + " without it the stored provider tokens cannot be decrypted. To begin anew, delete it and add"
                    + " the tokens again.");
        }
        return List.of(Base64.getDecoder().decode(text));
    }
}
