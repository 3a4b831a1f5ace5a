package com.aistrale.cli.chat;

import com.aistrale.RunOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was said, and how each turn is asked, as the SDKs' sessions keep it.
 *
 * @param id by which telemetry groups the turns
 * @param messages in OpenAI's shape
 * @param options by the names of a run's fields, and {@code workspace}
 * @param settings of the prompt that it began with, which count where the options say nothing
 */
record Conversation(
        String id,
        List<Map<String, @Nullable Object>> messages,
        Map<String, @Nullable Object> options,
        Map<String, @Nullable Object> settings) {

    static Conversation fresh(Map<String, @Nullable Object> options) {
        return new Conversation(
                SessionId.fresh(), new ArrayList<>(), new LinkedHashMap<>(options), new LinkedHashMap<>());
    }

    @Nullable
    String text(String option) {
        return options.get(option) instanceof String text ? text : null;
    }

    /** What the next turn is asked with. */
    RunOptions.Builder asked(Question question) {
        var fields = new LinkedHashMap<String, @Nullable Object>(settings);
        fields.putAll(question.settings());
        fields.putAll(options);
        var asked = RunOptions.builder().sessionId(id).idempotencyKey(question.key());
        fields.forEach((name, value) -> {
            if (value != null) {
                set(asked, name, value);
            }
        });
        var reference = question.reference();
        if (reference != null && messages.isEmpty()) {
            return asked.promptRef(reference);
        }
        var all = new ArrayList<>(messages);
        all.addAll(question.messages());
        return asked.messages(all);
    }

    /** Sets an option by its name in JSON. ClassCastException for a value of another kind. */
    @SuppressWarnings("unchecked")
    private static void set(RunOptions.Builder asked, String name, Object value) {
        switch (name) {
            case "model" -> asked.model((String) value);
            case "provider" -> asked.provider((String) value);
            case "fallbacks" -> asked.fallbacks((List<String>) value);
            case "system" -> asked.system((String) value);
            case "temperature" -> asked.temperature(((Number) value).doubleValue());
            case "top_p" -> asked.topP(((Number) value).doubleValue());
            case "max_output_tokens" -> asked.maxOutputTokens(((Number) value).intValue());
            case "stop" ->
                asked.stop(
                        value instanceof String text
                                ? new String[] {text}
                                : ((List<String>) value).toArray(String[]::new));
            case "tools" -> asked.tools((List<Map<String, ?>>) value);
            case "tool_choice" -> asked.toolChoice(value);
            case "response_format" -> asked.responseFormat((Map<String, ?>) value);
            case "reasoning_effort" -> asked.reasoningEffort((String) value);
            case "seed" -> asked.seed(((Number) value).longValue());
            case "metadata" -> asked.metadata((Map<String, String>) value);
            case "timeout_ms" -> asked.inferenceTimeout(Duration.ofMillis(((Number) value).longValue()));
            case "provider_options" -> asked.providerOptions((Map<String, ?>) value);
            case "resumable" -> asked.resumable((Boolean) value);
            default -> {} // a setting that is none of a run's fields, as a later server may have; the workspace is the
            // client's
        }
    }

    /** Takes in a turn. */
    void add(Question question, Map<String, @Nullable Object> answer) {
        messages.addAll(question.messages());
        messages.add(answer);
    }

    /** Takes the last turn back, its answer and what was asked; null where there is none. */
    @Nullable
    Question takeBack() {
        var from = messages.size();
        while (from > 0 && !isUsers(from - 1)) {
            from--;
        }
        if (from == 0) {
            return null;
        }
        var question = Question.of(List.of(messages.get(from - 1)));
        messages.subList(from - 1, messages.size()).clear();
        return question;
    }

    private boolean isUsers(int index) {
        return "user".equals(messages.get(index).get("role"));
    }

    /** Begins with what a prompt has before the first question. */
    void begin(List<Map<String, @Nullable Object>> with, Map<String, @Nullable Object> their) {
        messages.addAll(with);
        settings.clear();
        settings.putAll(their);
    }
}
