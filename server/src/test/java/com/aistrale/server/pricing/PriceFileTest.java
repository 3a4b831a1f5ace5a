package com.aistrale.server.pricing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broken file is told from end to end: the file, each line, what was expected there. */
class PriceFileTest {
    private static final String RATE = "US dollars per million tokens, a number from 0 to 1000 with at most 9 decimals";

    @TempDir
    Path folder;

    @Test
    void tellsEveryMistakeAtOnce() {
        assertThatThrownBy(() -> read("""
                {
                  "models": [
                    {"provider": "openai", "id": "a", "usd_per_million_tokens": {"input": "2.5", "output": -1}},
                    {"provider": "openai", "id": "a", "context_windw": 5},
                    {"id": "", "max_output_tokens": 1.5, "reasoning": "yes", "shutdown": "soon"},
                    "gpt-4o",
                    {"provider": "x", "id": "b", "aliases": ["c", 7], "usd_per_million_tokens": {
                      "input": 0.0000000001, "output": 1001, "long_context": {"input": 1}
                    }},
                    {"provider": "x", "id": "c", "price_changes": [{"usd_per_million_tokens": 3}]},
                    {"provider": "x", "id": "d", "usd_per_million_tokens": {"input": 1, "output": 1}, "peak": {
                      "days": ["mon"], "hours_utc": ["10:00-06:00", "25:00-26:00"], "hours": 1
                    }}
                  ],
                  "more": 1
                }
                """))
                .isInstanceOf(PriceFileException.class)
                .hasMessage("""
                The price file test.json has 24 mistakes:
                  line 3: models[0].usd_per_million_tokens.input: expected %s, found "2.5"
                  line 3: models[0].usd_per_million_tokens.output: expected %s, found -1
                  line 4: models[1]: expected no other members than provider, id, aliases, context_window, max_output_tokens, \
                reasoning, usd_per_million_tokens, peak, price_changes, shutdown, source, date, found "context_windw"; \
                did you mean `context_window`?
                  line 4: models[1]: expected each id and alias of a provider once, found openai/a again
                  line 5: models[2]: expected a member "provider", found none
                  line 5: models[2].id: expected a text that is not empty, found ""
                  line 5: models[2].max_output_tokens: expected a whole number of tokens, at least 1, found 1.5
                  line 5: models[2].reasoning: expected true or false, found "yes"
                  line 5: models[2].shutdown: expected a day as YYYY-MM-DD, found "soon"
                  line 6: models[3]: expected an object, found "gpt-4o"
                  line 7: models[4].aliases: expected a list of texts that are not empty, found 7
                  line 8: models[4].usd_per_million_tokens.input: expected %s, found 1E-10
                  line 8: models[4].usd_per_million_tokens.output: expected %s, found 1001
                  line 8: models[4].usd_per_million_tokens.long_context: expected a member "above_input_tokens", found none
                  line 8: models[4].usd_per_million_tokens.long_context: expected a member "output", found none
                  line 10: models[5].price_changes[0]: expected a member "from", found none
                  line 10: models[5].price_changes[0].usd_per_million_tokens: expected an object, found 3
                  line 10: models[5]: expected each id and alias of a provider once, found x/c again
                  line 11: models[6].peak: expected days as monday to sunday, found "mon"
                  line 11: models[6].peak: expected hours_utc as HH:MM-HH:MM, the later one behind, found "10:00-06:00"
                  line 11: models[6].peak: expected hours_utc as HH:MM-HH:MM, the later one behind, found "25:00-26:00"
                  line 11: models[6].peak: expected a member "usd_per_million_tokens", found none
                  line 12: models[6].peak: expected no other members than days, hours_utc, usd_per_million_tokens, found "hours"
                  line 15: the file: expected no other members than _doc, models, found "more"
                """.strip().replace("%s", RATE));
    }

    @Test
    void anOverrideThatIsNotThereNamesItsPath() {
        var missing = folder.resolve("nowhere.json");
        assertThatThrownBy(() -> PriceCatalogue.load(Optional.of(missing)))
                .isInstanceOf(PriceFileException.class)
                .hasMessage("The price file " + missing + " cannot be read (java.nio.file.NoSuchFileException: "
                        + missing + "). Correct its path or its permissions, or leave the setting out.");
    }

    @Test
    void anOverrideThatIsBrokenNamesItsPath() throws IOException {
        var broken = Files.writeString(folder.resolve("mine.json"), "{\"models\": 3}");
        assertThatThrownBy(() -> PriceCatalogue.load(Optional.of(broken)))
                .hasMessage("The price file " + broken + " has 1 mistake:\n  line 1: models: expected a list, found 3");
    }

    @Test
    void textThatIsNoJsonIsToldWithItsLine() {
        assertThatThrownBy(() -> read("{\n  \"models\": [,]\n}"))
                .hasMessageStartingWith(
                        "The price file test.json has 1 mistake:\n  line 2: the file: expected one JSON object, found");
        assertThatThrownBy(() -> read("")).hasMessageContaining("found the file is empty");
        assertThatThrownBy(() -> read("{\"models\": []}\n\n[]"))
                .hasMessageContaining("line 3")
                .hasMessageContaining("there is more behind the end");
        assertThatThrownBy(() -> read("{\"models\": [],\n\"models\": []}"))
                .hasMessageContaining("line 2")
                .hasMessageContaining("models");
    }

    @Test
    void rootAndModelsAreRequired() {
        assertThatThrownBy(() -> read("[]")).hasMessageEndingWith("line 1: the file: expected an object, found a list");
        assertThatThrownBy(() -> read("{}"))
                .hasMessageEndingWith("line 1: the file: expected a member \"models\", found none");
    }

    @Test
    void anEmptyListIsFine() {
        assertThat(PriceFile.read("test.json", "{\"models\": []}".getBytes(StandardCharsets.UTF_8)))
                .isEmpty();
    }

    private static void read(String json) {
        PriceFile.read("test.json", json.getBytes(StandardCharsets.UTF_8));
    }
}
