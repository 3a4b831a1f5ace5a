package com.aistrale.emulator.answer;

import com.aistrale.emulator.answer.Answer.Call;
import com.aistrale.emulator.answer.Answer.Finish;
import com.aistrale.emulator.answer.Ask.Tool;
import com.aistrale.emulator.json.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the model's answer. The same question always has the same one. */
public final class Answerer {
    private static final int ECHO = 200;

    private Answerer() {}

    public static Answer answer(Ask ask) {
        String thinking = ask.reasoningTokens() > 0 ? thinking(ask) : "";
        int reasoning = ask.reasoningTokens();
        if (reasoning > 0 && reasoning >= ask.maxTokens()) {
            String cut = Tokens.first(thinking, ask.maxTokens());
            return new Answer(cut, "", List.of(), Finish.LENGTH, null, ask.maxTokens(), ask.maxTokens());
        }
        List<Call> calls = ask.scripted() == null ? calls(ask) : List.of();
        if (!calls.isEmpty()) {
            int tokens = calls.stream()
                    .mapToInt(call -> Tokens.count(call.name()) + Tokens.count(Json.write(call.arguments())))
                    .sum();
            return new Answer(thinking, "", calls, Finish.TOOL_CALLS, null, reasoning, reasoning + tokens);
        }
        if (Commands.triggersFilter(ask.lastUser())) {
            return new Answer(thinking, "", List.of(), Finish.CONTENT_FILTER, null, reasoning, reasoning);
        }
        return said(ask, thinking, text(ask));
    }

    private static Answer said(Ask ask, String thinking, String whole) {
        String text = whole;
        String at = firstStop(text, ask.stop());
        if (at != null) {
            text = text.substring(0, text.indexOf(at));
        }
        String kept = Tokens.first(text, ask.maxTokens() - ask.reasoningTokens());
        boolean tooLong = kept.length() < text.length();
        return new Answer(
                thinking,
                kept,
                List.of(),
                tooLong ? Finish.LENGTH : Finish.STOP,
                tooLong ? null : at,
                ask.reasoningTokens(),
                ask.reasoningTokens() + Tokens.count(kept));
    }

    private static @Nullable String firstStop(String text, List<String> stops) {
        String first = null;
        for (String stop : stops) {
            if (!stop.isEmpty() && text.contains(stop) && (first == null || text.indexOf(stop) < text.indexOf(first))) {
                first = stop;
            }
        }
        return first;
    }

    private static List<Call> calls(Ask ask) {
        return switch (ask.choice()) {
            case Ask.Choice.None none -> List.of();
            case Ask.Choice.Auto auto ->
                ask.toolResults().isEmpty()
                        ? atMost(ask, Commands.calls(ask.lastUser(), ask.tools()))
                        : List.<Call>of();
            case Ask.Choice.Required(var names) -> {
                List<Tool> allowed = ask.tools().stream()
                        .filter(tool -> names.isEmpty() || names.contains(tool.name()))
                        .toList();
                List<Call> asked = Commands.calls(ask.lastUser(), allowed);
                yield !asked.isEmpty() || allowed.isEmpty()
                        ? atMost(ask, asked)
                        : List.of(new Call(
                                allowed.getFirst().name(),
                                SchemaValues.arguments(allowed.getFirst().parameters(), echo(ask.lastUser()))));
            }
        };
    }

    private static List<Call> atMost(Ask ask, List<Call> calls) {
        return ask.parallel() || calls.size() < 2 ? calls : calls.subList(0, 1);
    }

    private static String text(Ask ask) {
        if (ask.scripted() != null) {
            return ask.scripted();
        }
        return switch (ask.output()) {
            case Ask.Output.AnyJson any ->
                Json.write(Json.object().put("answer", sentence(ask)).put("model", ask.model()));
            case Ask.Output.Fitting(var schema) -> Json.write(SchemaValues.fitting(schema, echo(ask.lastUser())));
            case Ask.Output.Plain plain ->
                Commands.words(ask.lastUser())
                        .filter(words -> ask.toolResults().isEmpty())
                        .orElseGet(() -> sentence(ask));
        };
    }

    private static String sentence(Ask ask) {
        if (!ask.toolResults().isEmpty()) {
            return "The tool answered: " + String.join("; ", ask.toolResults());
        }
        String seen = switch (ask.images()) {
            case 0 -> "";
            case 1 -> " I see 1 image.";
            default -> " I see " + ask.images() + " images.";
        };
        return "You said: \"" + echo(ask.lastUser()) + "\"." + seen + " This is the emulated " + ask.model() + ".";
    }

    private static String echo(String prompt) {
        return prompt.codePointCount(0, prompt.length()) <= ECHO
                ? prompt
                : prompt.substring(0, prompt.offsetByCodePoints(0, ECHO)) + "…";
    }

    /** So many tokens of thought: the echo, and dots up to the length. */
    private static String thinking(Ask ask) {
        String thought = "The user said \"" + echo(ask.lastUser()) + "\", so I answer that. ";
        StringBuilder text = new StringBuilder(Tokens.first(thought, ask.reasoningTokens()));
        while (text.codePointCount(0, text.length()) < 4 * ask.reasoningTokens()) {
            text.append("Hm. ");
        }
        return Tokens.first(text.toString(), ask.reasoningTokens());
    }
}
