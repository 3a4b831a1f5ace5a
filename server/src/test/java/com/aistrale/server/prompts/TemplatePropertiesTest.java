package com.aistrale.server.prompts;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.prompts.Template.Segment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Templates of every kind of text, most of them full of braces. */
class TemplatePropertiesTest {
    private static final Pattern VARIABLE = Pattern.compile("\\{\\{ *([A-Za-z_][A-Za-z0-9_]*) *}}");

    @Provide
    Arbitrary<String> texts() {
        var piece = Arbitraries.of(
                "{", "}", "{{", "}}", "{{x}}", "{{ y }}", "x", "_1", "9", " ", "\n", "\\", "é", "👋", "{{#if}}", "$1");
        return piece.list().ofMaxSize(30).map(pieces -> String.join("", pieces));
    }

    @Property
    void aTextWithoutAVariableComesOutByteForByte(@ForAll("texts") String text) {
        var plain = VARIABLE.matcher(text).replaceAll("");
        while (VARIABLE.matcher(plain).find()) { // what was around may be one now
            plain = VARIABLE.matcher(plain).replaceAll("");
        }

        assertThat(Template.parse(plain).render(Map.of("x", "1", "y", "2"))).isEqualTo(plain);
        assertThat(Template.parse(plain).variables()).isEmpty();
    }

    @Property
    void anyTextAtAllComesOutAsItIs(@ForAll String text) {
        var same = new HashMap<String, String>();
        Template.parse(text).variables().forEach(name -> same.put(name, "{{" + name + "}}"));

        assertThat(Template.parse(text).render(same).replaceAll("\\{\\{ *(\\w+) *}}", "{{$1}}"))
                .isEqualTo(text.replaceAll("\\{\\{ *(\\w+) *}}", "{{$1}}"));
    }

    @Property
    void itDoesWhatThePatternSays(@ForAll("texts") String text, @ForAll("texts") String x, @ForAll("texts") String y) {
        var values = Map.of("x", x, "y", y);

        var expected = VARIABLE.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(values.getOrDefault(found.group(1), "")));

        var template = Template.parse(text);
        assertThat(template.render(values)).isEqualTo(expected);
        assertThat(template.length(values)).isEqualTo(expected.length());
    }

    @Property
    void literalsAreNeverEmptyAndNeverTwoInARow(@ForAll("texts") String text) {
        var segments = Template.parse(text).segments();
        for (int i = 0; i < segments.size(); i++) {
            if (segments.get(i) instanceof Segment.Literal literal) {
                assertThat(literal.text()).isNotEmpty();
                assertThat(i > 0 && segments.get(i - 1) instanceof Segment.Literal)
                        .isFalse();
            }
        }
    }

    /** Ten times the text may not take a hundred times as long; what is slow here would take minutes. */
    @Example
    void largeTemplatesTakeLinearTime() {
        for (var piece : List.of("{{", "{", "{{x}}", "{{ ", "{{x ", "{{x", "}}", "{{" + " ".repeat(1000), "{{{x}}}")) {
            var text = piece.repeat(4_000_000 / piece.length());

            assertThat(Template.parse(text).render(Map.of("x", "{{x}}")).length())
                    .isGreaterThanOrEqualTo(3_000_000);
        }
    }
}
