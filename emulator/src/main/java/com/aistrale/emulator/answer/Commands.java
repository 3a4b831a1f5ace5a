package com.aistrale.emulator.answer;

import com.aistrale.emulator.answer.Answer.Call;
import com.aistrale.emulator.answer.Ask.Tool;
import com.aistrale.emulator.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a prompt can ask the emulated model to do, anywhere in the last user message: {@code call get_weather {"city":
 * "Paris"}} (as often as wished), {@code say: these words} (to the end of the line), {@code write 500 words},
 * {@code trigger the content filter}.
 */
final class Commands {
    private static final Pattern CALL = Pattern.compile("\\b[Cc]all (?:the )?(?:tool )?([A-Za-z0-9_.:-]+)");
    private static final Pattern SAY = Pattern.compile("\\b[Ss]ay: ?([^\\n]+)");
    private static final Pattern WRITE = Pattern.compile("\\b[Ww]rite (\\d{1,6}) words\\b");
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Commands() {}

    static List<Call> calls(String prompt, List<Tool> tools) {
        List<Call> calls = new ArrayList<>();
        Matcher matcher = CALL.matcher(prompt);
        while (matcher.find()) {
            String name = matcher.group(1);
            for (Tool tool : tools) {
                if (tool.name().equals(name)) {
                    String rest = prompt.substring(matcher.end()).stripLeading();
                    calls.add(new Call(
                            name,
                            argumentsIn(rest).orElseGet(() -> SchemaValues.arguments(tool.parameters(), prompt))));
                }
            }
        }
        return calls;
    }

    static Optional<String> words(String prompt) {
        Matcher say = SAY.matcher(prompt);
        if (say.find()) {
            return Optional.of(say.group(1));
        }
        Matcher write = WRITE.matcher(prompt);
        if (write.find()) {
            return Optional.of(words(Integer.parseInt(write.group(1))));
        }
        return Optional.empty();
    }

    static boolean triggersFilter(String prompt) {
        return prompt.contains("trigger the content filter");
    }

    private static String words(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= count; i++) {
            text.append(i == 1 ? "word" : " word").append(i);
        }
        return text.append('.').toString();
    }

    /** The JSON object at the beginning of a text, whatever follows it. */
    private static Optional<JsonNode> argumentsIn(String text) {
        if (!text.startsWith("{")) {
            return Optional.empty();
        }
        try (JsonParser parser = MAPPER.createParser(text)) {
            return Optional.of(MAPPER.readTree(parser));
        } catch (JacksonException notJson) {
            return Optional.of(Json.object());
        }
    }
}
