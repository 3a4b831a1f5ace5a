package com.aistrale.server.app;

import com.aistrale.server.access.Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** PROVISIONAL: only the absent file. */
final class FirstKey {
    private FirstKey() {}

    static void make(Access access, Settings settings, String url, Map<String, String> environment) throws IOException {
        var workspace = access.defaultWorkspace();
        var named = environment.getOrDefault("AISTRALE_CONFIG", "");
        var xdg = environment.getOrDefault("XDG_CONFIG_HOME", "");
        var file = !named.isEmpty()
                ? Path.of(named)
                : (xdg.isEmpty() ? Path.of(environment.getOrDefault("HOME", "/root"), ".config") : Path.of(xdg))
                        .resolve("aistrale/config.toml");
        if (settings.adminKey() != null || Files.exists(file)) {
            return;
        }
        var key = access.create(workspace.id(), "first");
        Files.createDirectories(file.getParent());
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                file,
                "[profiles.default]\napi_url = \"" + url + "\"\napi_key = \"" + key.secret().reveal() + "\"\n");
    }
}
