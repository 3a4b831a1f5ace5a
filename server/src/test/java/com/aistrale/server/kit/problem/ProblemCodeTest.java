package com.aistrale.server.kit.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The enum and the contract's catalogue say the same. */
class ProblemCodeTest {
    private static final Path CATALOGUE = Path.of(System.getProperty("aistrale.repository"), "contract/problems.yaml");

    @Test
    void hasTheCodesAndStatusesOfTheContractAndNoOthers() {
        var ours = new TreeMap<String, Integer>();
        for (var code : ProblemCode.values()) {
            ours.put(code.wireName(), code.status());
        }
        assertThat(ours).isEqualTo(contract());
    }

    private static Map<String, Integer> contract() {
        var codes = new TreeMap<String, Integer>();
        for (var problem : new YAMLMapper().readTree(CATALOGUE.toFile()).get("problems")) {
            var twice = codes.put(
                    problem.get("code").stringValue(), problem.get("status").intValue());
            assertThat(twice).as("listed twice: %s", problem).isNull();
        }
        assertThat(codes).isNotEmpty();
        return codes;
    }

    @Test
    void everyTitleIsOneSentenceOfItsOwn() {
        assertThat(ProblemCode.values())
                .extracting(ProblemCode::title)
                .doesNotHaveDuplicates()
                .allMatch(title -> !title.isBlank());
    }
}
