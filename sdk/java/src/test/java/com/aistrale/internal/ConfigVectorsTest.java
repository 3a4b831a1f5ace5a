package com.aistrale.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** contract/vectors/config: what every client must read, and refuse. */
class ConfigVectorsTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("aistrale.repository", "../.."), "contract", "vectors", "config");

    @TempDir
    Path folder = Path.of(".");

    @TestFactory
    Stream<DynamicTest> good() throws Exception {
        return cases("good.json")
                .map(vector -> DynamicTest.dynamicTest(name(vector), () -> {
                    var env = env(vector);
                    var expect = new Fields("expect", object(vector, "expect"));
                    var settings = ClientSettings.resolve(Map.of(), env);
                    for (var key : ConfigFile.KEYS) {
                        assertThat(settings.value(key)).as(key).isEqualTo(expect.optionalText(key));
                    }
                    assertThat(settings.profile()).isEqualTo(expect.text("profile"));
                }));
    }

    @TestFactory
    Stream<DynamicTest> bad() throws Exception {
        return cases("bad.json")
                .map(vector -> DynamicTest.dynamicTest(name(vector), () -> {
                    var env = env(vector);
                    var error = new Fields("error", object(vector, "error"));
                    var mistake = catchThrowableOfType(
                            ClientSettings.Mistake.class, () -> ClientSettings.resolve(Map.of(), env));
                    var line = error.optionalInteger("line");
                    assertThat(mistake).as("it was read without an error").isNotNull();
                    assertThat(mistake).hasMessageContaining(error.text("contains"));
                    assertThat(mistake).hasMessageContaining(env.getOrDefault("AISTRALE_CONFIG", "?"));
                    assertThat(mistake.line()).isEqualTo(line == null ? null : line.intValue());
                    assertThat(line == null
                                    || String.valueOf(mistake.getMessage()).contains("line " + line))
                            .isTrue();
                }));
    }

    @Test
    void thereAreEnoughOfThem() throws Exception {
        assertThat(cases("good.json").count() + cases("bad.json").count()).isGreaterThanOrEqualTo(25);
    }

    @Test
    void aStringReadsAsItWasWritten() {
        var text = "a\"b\\c\n\t\r\u0001é🙂'#";
        assertThat(TomlString.read(TomlString.write(text))).isEqualTo(text);
    }

    @Test
    void explicitValuesGoBeforeTheEnvironment() {
        var env = Map.of("AISTRALE_MODEL", "env", "HOME", folder.toString());
        var settings = ClientSettings.resolve(Map.of("model", "explicit", "provider", ""), env);
        assertThat(settings.value("model")).isEqualTo("explicit");
        assertThat(settings.value("provider")).isNull();
    }

    @Test
    void theFileIsBelowXdgConfigHomeOrHome() {
        assertThat(ClientSettings.file(Map.of("XDG_CONFIG_HOME", "/x", "HOME", "/h")))
                .isEqualTo(Path.of("/x/aistrale/config.toml"));
        assertThat(ClientSettings.file(Map.of("HOME", "/h"))).isEqualTo(Path.of("/h/.config/aistrale/config.toml"));
    }

    private Map<String, String> env(Map<String, @Nullable Object> vector) throws Exception {
        var env = new HashMap<String, String>();
        object(vector, "env").forEach((key, value) -> env.put(key, String.valueOf(value)));
        var file = folder.resolve("config.toml");
        Files.deleteIfExists(file);
        if (vector.get("file") instanceof String text) {
            Files.writeString(file, text);
        }
        env.put("AISTRALE_CONFIG", file.toString());
        return env;
    }

    @SuppressWarnings("unchecked")
    private static Stream<Map<String, @Nullable Object>> cases(String file) throws Exception {
        var cases = (List<Map<String, @Nullable Object>>) Json.parse(Files.readString(VECTORS.resolve(file)));
        return cases == null ? Stream.of() : cases.stream();
    }

    private static Map<String, @Nullable Object> object(Map<String, @Nullable Object> vector, String field) {
        return new Fields("vector", vector).object(field);
    }

    private static String name(Map<String, @Nullable Object> vector) {
        return new Fields("vector", vector).text("name");
    }
}
