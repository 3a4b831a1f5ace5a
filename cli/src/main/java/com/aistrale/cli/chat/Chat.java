package com.aistrale.cli.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.AistraleException;
import com.aistrale.ApiConnectionException;
import com.aistrale.ApiTimeoutException;
import com.aistrale.Inference;
import com.aistrale.PromptRef;
import com.aistrale.StreamInterruptedException;
import com.aistrale.internal.Nearest;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jline.reader.EndOfFileException;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** A conversation at the terminal, from its first question until it is left. */
public final class Chat implements AutoCloseable {
    private static final String CUT = "[The answer was stopped here.]";
    private final Host host;
    private final Terminal terminal;
    private final Attributes attributes;
    private final Screen screen;
    private final Keyboard keyboard;
    private final Known known;
    private final Spent spent = new Spent();
    private final Thread atTheEnd = new Thread(this::stop, "aistrale-chat-end");
    private Conversation conversation;
    private @Nullable Question unanswered;
    private boolean mayBePaid;
    private @Nullable Path file;
    private volatile @Nullable Asking asking;

    /**
     * How a conversation begins.
     *
     * @param options what each turn is asked with, by the names of a run's fields
     * @param load a saved conversation to go on with, null for none
     * @param prompt a stored prompt to begin with, null for none
     * @param question what is asked at once, empty for nothing
     * @param plain whether answers are shown as they were written
     */
    public record Beginning(
            Map<String, @Nullable Object> options,
            @Nullable String load,
            @Nullable PromptRef prompt,
            String question,
            boolean plain) {}

    private Chat(Host host, Terminal terminal, Beginning beginning) {
        this.host = host;
        this.terminal = terminal;
        var colours = !terminal.getType().startsWith(Terminal.TYPE_DUMB)
                && host.env().getOrDefault("NO_COLOR", "").isEmpty();
        screen = new Screen(terminal, colours, colours && !beginning.plain());
        conversation = Conversation.fresh(beginning.options());
        known = new Known(host);
        var history = new History(History.file(host.env()));
        keyboard = new Keyboard(terminal, history, colours, known);
        attributes = quiet();
        terminal.handle(Terminal.Signal.INT, signal -> stop());
        Runtime.getRuntime().addShutdownHook(atTheEnd);
        try {
            history.prepare();
            keyboard.keepIn(History.file(host.env()));
        } catch (IOException | UnsupportedOperationException e) {
            screen.note("What is typed is not kept: " + e.getMessage());
        }
    }

    /** Talks until the reader leaves. A {@link Refusal} where it cannot begin. */
    public static void talk(Host host, Beginning beginning) {
        try (var terminal = TerminalBuilder.builder()
                        .system(true)
                        .providers("ffm,exec")
                        .dumb(true)
                        .encoding(UTF_8)
                        .build();
                var chat = new Chat(host, terminal, beginning)) {
            chat.begin(beginning);
            chat.loop();
        } catch (IOException e) {
            throw new Refusal("The terminal cannot be used: " + e.getMessage(), "Ask once instead: aistrale run");
        }
    }

    /** What is typed while an answer comes is not shown in the midst of it, but where it belongs, at the next prompt. */
    private Attributes quiet() {
        var before = terminal.getAttributes();
        var quiet = new Attributes(before);
        quiet.setLocalFlag(Attributes.LocalFlag.ECHO, false);
        quiet.setLocalFlag(Attributes.LocalFlag.ICANON, false);
        terminal.setAttributes(quiet);
        return before;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atTheEnd);
        } catch (IllegalStateException e) {
            return; // the program ends already
        }
        terminal.setAttributes(attributes);
    }

    private void stop() {
        var now = asking;
        if (now != null) {
            now.stop();
        }
    }

    private void begin(Beginning beginning) {
        if (beginning.load() != null) {
            load(beginning.load(), beginning.options());
        }
        screen.note("AISTRALE " + host.version() + " · " + model() + " · /help");
        if (file != null) {
            saidLoaded();
        }
        if (beginning.prompt() != null) {
            begin(beginning.prompt());
        }
        if (!beginning.question().isEmpty()) {
            screen.say("> " + host.safe(beginning.question()));
            ask(Question.typed(beginning.question()));
        }
    }

    private void loop() {
        var leaving = false;
        while (true) {
            try {
                var line = keyboard.read();
                leaving = false;
                if (line.isBlank()) {
                    continue;
                }
                if (!Commands.isOne(line.stripTrailing())) {
                    if (History.hasSecret(line)) {
                        screen.note("(There is something like a key in it, so it is not kept for the next time.)");
                    }
                    ask(Question.typed(line.strip()));
                } else if (!obey(line.stripTrailing())) {
                    break;
                }
            } catch (UserInterruptException e) {
                if (leaving && e.getPartialLine().isEmpty()) {
                    break;
                }
                leaving = true;
                screen.note("Ctrl-C once more, or Ctrl-D, leaves.");
            } catch (EndOfFileException e) {
                if (terminal.getType().startsWith(Terminal.TYPE_DUMB)) {
                    screen.line(); // elsewhere what ended the line has done so
                }
                break;
            } catch (Refusal e) {
                screen.trouble(e.what(), e.advice());
            } catch (AistraleException e) {
                told(e);
            }
        }
        if (!spent.isNothing()) {
            screen.note(spent.said(host) + " · " + conversation.id());
        }
    }

    /** Whether the conversation goes on. */
    private boolean obey(String line) {
        var space = line.indexOf(' ');
        var command = space < 0 ? line : line.substring(0, space);
        var argument = space < 0 ? "" : line.substring(space + 1).strip();
        switch (command) {
            case "/model" -> model(argument);
            case "/system" -> system(argument);
            case "/prompt" -> prompt(argument);
            case "/retry" -> retry();
            case "/save" -> save(argument);
            case "/load" -> {
                if (argument.isEmpty()) {
                    throw new Refusal("Which file?", "Write it like: /load talk.json");
                }
                load(argument, Map.of());
                saidLoaded();
            }
            case "/cost" ->
                screen.say(spent.said(host) + "\nIn telemetry: aistrale telemetry view --session "
                        + host.safe(conversation.id()));
            case "/clear" -> clear();
            case "/help" -> screen.say(Commands.help());
            case "/exit", "/quit" -> {
                return false;
            }
            default -> unknown(command);
        }
        return true;
    }

    private static void unknown(String command) {
        throw new Refusal(
                "There is no command " + command + ".",
                Nearest.to(command, Commands.NAMES)
                                .map(right -> "Did you mean " + right + "?")
                                .orElse("/help shows all of them.")
                        + " A question that begins so: put a space before it.");
    }

    private String model() {
        var own = conversation.text("model");
        var provider = conversation.text("provider");
        if (own != null) {
            return host.safe(provider == null || own.contains("/") ? own : provider + "/" + own);
        }
        var prompts = conversation.settings().get("model");
        if (prompts instanceof String name) {
            return host.safe(name);
        }
        var configured = host.model();
        return configured == null ? "the workspace's default model" : host.safe(configured);
    }

    private void model(String name) {
        if (name.isEmpty()) {
            screen.say(model());
            return;
        }
        if (name.matches(".*\\s.*")) {
            throw new Refusal("A model's name has no spaces.", "Write it like: /model openai/gpt-4o");
        }
        conversation.options().remove("provider");
        conversation.options().put("model", name);
        changed();
        var models = known.models();
        var right = models.isEmpty()
                || models.contains(name)
                || models.stream().anyMatch(each -> each.endsWith("/" + name));
        screen.note(host.safe(name) + " answers from now on."
                + (right
                        ? ""
                        : " It is none of those that are known to be there"
                                + Nearest.to(name, models)
                                        .map(near -> "; the nearest is " + near)
                                        .orElse("") + "."));
    }

    private void system(String text) {
        if (text.isEmpty()) {
            var now = conversation.text("system");
            screen.say(now == null ? "The model is told nothing. Write: /system Answer briefly." : host.safe(now));
        } else if (text.equals("-")) {
            conversation.options().remove("system");
            changed();
            screen.note("The model is told nothing from now on.");
        } else {
            conversation.options().put("system", text);
            changed();
            screen.note("It is told so from the next question on.");
        }
    }

    /** With other options it is another request, which the server must not take for the one before. */
    private void changed() {
        if (unanswered != null) {
            unanswered = unanswered.anew();
        }
    }

    private void prompt(String argument) {
        var words = Quoted.words(argument);
        if (words.isEmpty()) {
            throw new Refusal("Which prompt?", "Write it like: /prompt greeting@production name=\"Ada Lovelace\"");
        }
        begin(host.prompt(words.getFirst(), words.subList(1, words.size())));
    }

    /** What a prompt has is asked where it ends with a question, and else is how the conversation begins. */
    private void begin(PromptRef reference) {
        var rendered = host.client().prompts().render(reference);
        var messages = rendered.messages();
        if (!messages.isEmpty() && "user".equals(messages.getLast().get("role"))) {
            for (var message : messages) {
                screen.note(message.get("role") + ": " + host.safe(String.valueOf(message.get("content"))));
            }
            ask(new Question(
                    messages,
                    rendered.settings(),
                    reference.version(rendered.version()),
                    Question.typed("").key()));
            return;
        }
        if (!conversation.messages().isEmpty()) {
            throw new Refusal(
                    "That is how a conversation begins, and this one has begun.", "Begin another one: /clear");
        }
        conversation.begin(messages, rendered.settings());
        screen.note("It begins with " + host.safe(rendered.name()) + " " + rendered.version() + ": " + model());
    }

    private void retry() {
        var again = unanswered;
        if (again == null) {
            again = conversation.takeBack();
        }
        if (again == null) {
            throw new Refusal("Nothing was asked yet.", "Type a question.");
        }
        ask(again);
    }

    private void ask(Question question) {
        unanswered = question; // whatever happens, it can be asked again
        var client = host.client();
        var options = conversation.asked(question).build();
        var now = new Asking(host, screen, question.key());
        asking = now;
        Asking.Outcome outcome;
        try {
            outcome = now.ask(client, options);
        } finally {
            asking = null;
        }
        if (mayBePaid) {
            mayBePaid = false;
            spent.knowsOneMore();
        }
        var answer = outcome.answer();
        var failure = outcome.failure();
        if (answer != null) {
            answered(question, answer);
        } else if (failure != null) {
            failed(question, outcome, failure);
        } else {
            stopped(question, outcome);
        }
        screen.line();
    }

    private void answered(Question question, Inference answer) {
        var cost = answer.provider().equals("demo") ? BigDecimal.ZERO : answer.costUsd(); // it is no model
        spent.add(answer.usage(), cost);
        if (answer.toolCalls().isEmpty()) {
            unanswered = null;
            conversation.add(question, message(answer.message(), answer.text()));
        } else {
            unanswered = question.anew();
            var call = answer.toolCalls().getFirst();
            screen.trouble(
                    "The model wants a tool called: " + host.safe(call.name() + " " + call.arguments()),
                    "There are none here, so the question is not part of the conversation.");
        }
        host.remark(answer).ifPresent(screen::note);
        remark(answer);
        var usage = answer.usage();
        screen.note(host.safe(answer.provider() + "/" + answer.model())
                + (usage == null || usage.inputTokens() == null || usage.outputTokens() == null
                        ? ""
                        : " · %,d in, %,d out".formatted(usage.inputTokens(), usage.outputTokens()))
                + " · "
                + (cost == null ? "cost unknown" : host.dollars(cost))
                + " · total " + spent.total(host));
    }

    private void remark(Inference answer) {
        if ("length".equals(answer.finishReason())) {
            screen.note("The answer is not whole: it reached the limit of output tokens.");
        } else if ("content_filter".equals(answer.finishReason())) {
            screen.note("The provider's filter of contents ended the answer.");
        } else if (answer.text().isEmpty() && answer.toolCalls().isEmpty()) {
            screen.note("The answer is empty.");
        }
    }

    /** What a model says goes back to it as it came; without the server's words for it, as its text. */
    private static Map<String, @Nullable Object> message(Map<String, @Nullable Object> message, String text) {
        if (message.get("role") instanceof String) {
            return message;
        }
        var made = new LinkedHashMap<String, @Nullable Object>();
        made.put("role", "assistant");
        made.put("content", text);
        return made;
    }

    private void failed(Question question, Asking.Outcome outcome, AistraleException failure) {
        var lost = failure instanceof ApiConnectionException
                || failure instanceof ApiTimeoutException
                || failure instanceof StreamInterruptedException;
        // Where the connection was lost the server may have gone on: by the same key it gives its answer, and is not
        // paid again.
        unanswered = lost ? question : question.anew();
        if (lost && outcome.id() != null) {
            mayBePaid = true;
            spent.addUnknown();
        }
        told(failure);
        screen.note(
                outcome.text().isEmpty()
                        ? "The question is kept: /retry asks it again."
                        : "What came of the answer is not part of the conversation. /retry asks again.");
    }

    private void stopped(Question question, Asking.Outcome outcome) {
        unanswered = outcome.text().isBlank() ? question.anew() : null;
        if (!outcome.text().isBlank()) {
            conversation.add(question, message(Map.of(), outcome.text().stripTrailing() + "\n\n" + CUT));
        }
        screen.note(
                (outcome.text().isBlank() ? "Stopped. /retry asks again." : "Stopped here.") + costOf(outcome.id()));
    }

    /** What the server knows of an inference that was ended. */
    private String costOf(@Nullable String id) {
        if (id == null) {
            return "";
        }
        try {
            var record = host.impatient().inferences().get(id);
            var cost = record.costUsd();
            spent.add(record.usage(), cost);
            return " · " + (cost == null ? "cost unknown" : host.dollars(cost)) + " · total " + spent.total(host);
        } catch (AistraleException e) {
            spent.addUnknown();
            return "";
        }
    }

    private void told(AistraleException failure) {
        var told = host.told(failure);
        screen.trouble(told.what(), told.advice());
    }

    private void save(String argument) {
        var over = argument.equals("-f") || argument.startsWith("-f ");
        var name = over ? argument.substring(2).strip() : argument;
        var target = name.isEmpty() ? file : Places.of(name);
        if (target == null) {
            throw new Refusal("Into which file?", "Write it like: /save talk.json");
        }
        if (Files.isRegularFile(target) && !over && !conversation.id().equals(SavedSession.idIn(target))) {
            throw new Refusal(
                    target + " is there already, and is not this conversation.",
                    "Name another one, or write over it: /save -f " + target);
        }
        SavedSession.write(target, conversation);
        file = target;
        var count = conversation.messages().size();
        screen.note("Written: " + target + " (" + count + (count == 1 ? " message)" : " messages)"));
    }

    private void load(String name, Map<String, @Nullable Object> over) {
        var from = Places.of(name);
        var loaded = SavedSession.read(from);
        var next = loaded.conversation();
        next.options().putAll(over);
        host.workspace(next.text("workspace"));
        var beginning = loaded.beginning();
        if (beginning != null) {
            var rendered = host.client().prompts().render(Reference.of(beginning));
            next.begin(rendered.messages(), rendered.settings());
        }
        conversation = next;
        unanswered = null;
        mayBePaid = false;
        file = from;
    }

    private void saidLoaded() {
        var messages = conversation.messages();
        screen.note("%s: %d %s, %s"
                .formatted(file, messages.size(), messages.size() == 1 ? "message" : "messages", model()));
        if (!messages.isEmpty()) {
            var last = messages.getLast();
            screen.note(last.get("role") + ": " + begin(host.safe(String.valueOf(last.get("content")))));
        }
    }

    private static String begin(String text) {
        var line = text.replaceAll("\\s+", " ").strip();
        var end = line.offsetByCodePoints(0, Math.min(line.codePointCount(0, line.length()), 200));
        return end < line.length() ? line.substring(0, end) + "…" : line;
    }

    private void clear() {
        var options = new LinkedHashMap<String, @Nullable Object>(conversation.options());
        conversation = Conversation.fresh(options);
        unanswered = null;
        mayBePaid = false;
        file = null;
        screen.clear();
        screen.note("A new conversation: " + model());
    }
}
