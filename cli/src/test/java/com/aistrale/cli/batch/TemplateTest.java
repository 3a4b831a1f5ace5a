package com.aistrale.cli.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.internal.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** {@code contract/vectors/render/templates.json}: what every renderer must give. */
class TemplateTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("aistrale.repository", ".."), "contract", "vectors", "render", "templates.json");

    @TestFactory
    @SuppressWarnings("unchecked") // the vectors are as their README says
    Stream<DynamicTest> renders() throws Exception {
        var cases = (List<Map<String, Object>>) Objects.requireNonNull(
                Json.parseObject(Files.readString(VECTORS)).get("cases"));
        assertThat(cases).hasSizeGreaterThan(30);
        return cases.stream()
                .map(vector -> DynamicTest.dynamicTest(String.valueOf(vector.get("name")), () -> {
                    var template = new Template(String.valueOf(vector.get("template")));
                    assertThat(new ArrayList<>(template.variables())).isEqualTo(vector.get("uses"));
                    assertThat(template.render((Map<String, Object>) Objects.requireNonNull(vector.get("values"))))
                            .isEqualTo(vector.get("rendered"));
                }));
    }

    @Test
    void namesWhatIsMissing() {
        assertThatThrownBy(() -> new Template("Hi {{who}}").render(Map.of("whom", "Ada")))
                .hasMessage("there is no value for {{who}}");
    }
}
