package com.aistrale.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.cli.text.Columns;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an answer looks like. {@code <b>} and so on stand for what switches a terminal's looks. */
class MarkdownTest {
    private static final String EVERYTHING = """
            # The plan

            Some **bold words**, *slanted* ones, ***both***, ~~none~~ and `code with **stars**`; 2 * 3 * 4, a_b_c, **kwargs and __init__.
            An unclosed `tick, a \\*star\\*, https://x.example/_a_/*b* and **bold `with * code` in it**.

            - one
            - two with 日本語の長い文章がここに続きますので折り返されるはずです。
              - deeper 👩‍👩‍👧 🇩🇪🇫🇷 é
            1. first
            12) twelfth
            > quoted **text**
            > ```
            > code
            > ```
            ---
            ```python
            def f(*args):
                return `1`

            ```
            ~~~
            ``` not the end
            ~~~
            | a | b **c** |
            |---|:-:|
            | 日本 | `x` |

            The end.
            """;

    private static String shown(int width, String... pieces) {
        var markdown = new Markdown(() -> width);
        var shown = new StringBuilder();
        for (var piece : pieces) {
            shown.append(markdown.more(piece));
        }
        return shown.append(markdown.end()).toString();
    }

    private static String marked(int width, String text) {
        return shown(width, text)
                .replace("\u001B[0m", "</>")
                .replace("\u001B[0;1m", "<b>")
                .replace("\u001B[0;2m", "<dim>")
                .replace("\u001B[0;3m", "<i>")
                .replace("\u001B[0;1;3m", "<bi>")
                .replace("\u001B[0;9m", "<s>")
                .replace("\u001B[0;36m", "<c>")
                .replace("\u001B[0;1;36m", "<bc>")
                .replace("\u001B[0;1;35m", "<h>");
    }

    private static String plain(int width, String text) {
        return shown(width, text).replaceAll("\u001B\\[[0-9;]*m", "");
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 40, 80, 500})
    void looksTheSameHoweverItComes(int width) {
        var whole = shown(width, EVERYTHING);
        assertThat(shown(width, EVERYTHING.split(""))).isEqualTo(whole);
        var random = new Random(7);
        for (var i = 0; i < 50; i++) {
            var cut = random.nextInt(EVERYTHING.length());
            assertThat(shown(width, EVERYTHING.substring(0, cut), EVERYTHING.substring(cut)))
                    .isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 40, 80})
    void noLineButCodeIsWiderThanTheTerminal(int width) {
        assertThat(plain(width, EVERYTHING).lines())
                .allSatisfy(line -> assertThat(Columns.of(line)).isLessThanOrEqualTo(width));
    }

    @Test
    void marksBecomeLooks() {
        assertThat(marked(80, "a **b** *c* ***d*** ~~e~~ `f` g")).isEqualTo("a<b> b<i> c<bi> d<s> e<c> f</> g");
        assertThat(marked(80, "**bold `with code` in it**")).isEqualTo("<b>bold<bc> with code<b> in it</>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2 * 3 * 4",
                "a_b_c",
                "**kwargs and *args",
                "def __init__(self)",
                "https://x.example/_a_/*b*",
                "an unclosed `tick",
                "~ about ~",
                "5*3",
                "C:\\dir",
                "#hashtag",
                "-5 degrees",
                "1.5 litres"
            })
    void whatIsNoMarkStays(String text) {
        assertThat(marked(80, text)).isEqualTo(text);
    }

    @Test
    void aBackslashMakesAMarkALetter() {
        assertThat(marked(80, "\\*a\\* \\\\ \\n")).isEqualTo("*a* \\ \\n");
    }

    @Test
    void linesBeginAsWhatTheyAre() {
        assertThat(marked(80, "## Title\n- one\n3. three\n> said\n---"))
                .isEqualTo(
                        "<h>Title</>\n<dim>• </>one\n<dim>3. </>three\n<dim>│ </>said\n<dim>" + "─".repeat(60) + "</>");
    }

    @Test
    void codeIsLeftAlone() {
        assertThat(marked(20, "```py\nx = '**a**'  # longer than the window\n\n- y\n```\n**z**"))
                .isEqualTo(
                        "<dim>```py</>\n<c>x = '**a**'  # longer than the window</>\n\n<c>- y</>\n<dim>```</>\n<b>z</>");
    }

    @Test
    void codeWithoutAnEndIsCodeToTheEnd() {
        assertThat(marked(80, "```\n**a**\n``\n")).isEqualTo("<dim>```</>\n<c>**a**</>\n<c>``</>");
    }

    @Test
    void aFenceWithinALongerOneIsCode() {
        assertThat(plain(80, "````\n```\n**a**\n```\n````\n**b**")).isEqualTo("````\n```\n**a**\n```\n````\nb");
    }

    @Test
    void linesEndBetweenWords() {
        assertThat(plain(12, "one two three four")).isEqualTo("one two\nthree four");
        assertThat(plain(12, "- one two three four")).isEqualTo("• one two\n  three four");
        assertThat(plain(10, "> one two three")).isEqualTo("│ one two\n│ three");
        assertThat(plain(10, "abcdefghijklmno")).isEqualTo("abcdefghij\nklmno");
    }

    @Test
    void wideLettersTakeTwoColumns() {
        assertThat(plain(10, "日本語日本語")).isEqualTo("日本語日本\n語");
        assertThat(plain(9, "日本語日本語")).isEqualTo("日本語日\n本語");
        assertThat(plain(10, "日本語日本。語")).as("no line begins with a full stop").isEqualTo("日本語日\n本。語");
    }

    @Test
    void lettersOfSeveralPartsAreNotTornApart() {
        assertThat(plain(10, "12345678👩‍👩‍👧")).isEqualTo("12345678👩‍👩‍👧");
        assertThat(plain(10, "123456789👩‍👩‍👧")).isEqualTo("123456789\n👩‍👩‍👧");
        assertThat(plain(10, "123456789é")).isEqualTo("123456789é");
    }

    @Test
    void tablesStandInColumnsWhereTheyFit() {
        var table = "| a | b **c** |\n|---|:-:|\n| 日本 | `x` |\nend";
        assertThat(plain(80, table)).isEqualTo("a     b c\n────  ───\n日本  x\nend");
        assertThat(plain(8, table)).isEqualTo("a: 日本\nb c: x\n─\nend");
    }

    @Test
    void emptyLinesAtTheBeginAndTheEndAreLeftOut() {
        assertThat(plain(80, "\n\na\n\nb\n\n")).isEqualTo("a\n\nb");
    }
}
