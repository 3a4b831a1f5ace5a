package com.aistrale.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
        return cases("good.json").stream()
                .map(vector -> DynamicTest.dynamicTest(vector.text("name"), () -> {
                    var env = env(vector);
                    var expect = object(vector, "expect");
                    var settings = ClientSettings.resolve(Map.of(), env);
                    for (var key : ConfigFile.KEYS) {
                        assertThat(settings.value(key)).as(key).isEqualTo(expect.optionalText(key));
                    }
                    assertThat(settings.profile()).isEqualTo(expect.text("profile"));
                }));
    }

    @TestFactory
    Stream<DynamicTest> bad() throws Exception {
        return cases("bad.json").stream()
                .map(vector -> DynamicTest.dynamicTest(vector.text("name"), () -> {
                    var env = env(vector);
                    var error = object(vector, "error");
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
        assertThat(cases("good.json").size() + cases("bad.json").size()).isGreaterThanOrEqualTo(25);
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

    private Map<String, String> env(Fields vector) throws Exception {
        var env = new HashMap<>(vector.texts("env"));
        var file = folder.resolve("config.toml");
        Files.deleteIfExists(file);
        var text = vector.optionalText("file");
        if (text != null) {
            Files.writeString(file, text);
        }
        env.put("AISTRALE_CONFIG", file.toString());
        return env;
    }

    private static List<Fields> cases(String file) throws Exception {
        var wrapped = "{\"cases\":" + Files.readString(VECTORS.resolve(file)) + "}";
        return new Fields("vectors", Json.parseObject(wrapped)).list("cases", vector -> vector);
    }

    private static Fields object(Fields vector, String field) {
        return new Fields(field, vector.object(field));
    }
}
