package com.aistrale.cli.chat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jline.keymap.KeyMap;
import org.jline.reader.Candidate;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.LineReader;
import org.jline.reader.LineReader.Option;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.Reference;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;

/** Where lines are typed, with editing, history and completion. */
final class Keyboard {
    private static final String PROMPT = "> ";
    private static final String NEXT_LINE = "  ";
    private static final String NEW_LINE = "aistrale-new-line";
    private static final String SEND = "aistrale-send";
    private static final String SUSPEND = "aistrale-suspend";
    private static final String PASTED_TEXT_IS_TEXT = "\u001B[?2004l";
    private static final String PASTED_TEXT_IS_TOLD_APART = "\u001B[?2004h";
    private final Terminal terminal;
    private final Attributes shells;
    private final boolean escapes;
    private final LineReader reader;
    private final String prompt;

    /** Completes the last of a command's words. */
    interface Completion {
        List<Candidate> of(String command, String begun);
    }

    Keyboard(Terminal terminal, History history, boolean colours, Completion completion) {
        this.terminal = terminal;
        escapes = !terminal.getType().startsWith(Terminal.TYPE_DUMB);
        shells = terminal.getAttributes();
        reader = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("aistrale")
                .parser(new Words())
                .history(history)
                .completer((from, line, candidates) -> complete(completion, line, candidates))
                .option(Option.DISABLE_EVENT_EXPANSION, true)
                .option(Option.INSERT_TAB, false)
                .option(Option.AUTO_FRESH_LINE, false)
                .option(Option.HISTORY_TIMESTAMPED, true)
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, NEXT_LINE)
                .variable(LineReader.HISTORY_FILE_SIZE, 5000)
                .variable(LineReader.DISABLE_HISTORY, false)
                .variable(LineReader.BELL_STYLE, "none")
                .build();
        prompt = colours ? Style.escape(Style.HEADING) + PROMPT + Style.escape(Style.PLAIN) : PROMPT;
        bind();
    }

    /** History goes into this file from now on, and comes from it. */
    void keepIn(Path file) throws IOException {
        reader.setVariable(LineReader.HISTORY_FILE, file);
        reader.getHistory().load();
    }

    /** The next line. Throws {@link org.jline.reader.UserInterruptException} and {@link org.jline.reader.EndOfFileException}. */
    String read() {
        return reader.readLine(prompt);
    }

    private void bind() {
        reader.getWidgets().put(NEW_LINE, () -> {
            reader.getBuffer().write('\n');
            return true;
        });
        reader.getWidgets().put(SEND, this::send);
        reader.getWidgets().put(SUSPEND, this::suspend);
        for (var map : List.of(LineReader.EMACS, LineReader.VIINS, LineReader.MAIN)) {
            var keys = reader.getKeyMaps().get(map);
            if (keys != null) {
                keys.bind(new Reference(NEW_LINE), KeyMap.alt("\r"), KeyMap.alt("\n"));
                keys.bind(new Reference(SEND), "\r", "\n");
                keys.bind(new Reference(SUSPEND), KeyMap.ctrl('Z'));
            }
        }
    }

    /** A backslash at the end of the line is another line's beginning. */
    private boolean send() {
        var buffer = reader.getBuffer();
        if (buffer.cursor() == buffer.length() && endsInOneBackslash(buffer.toString())) {
            buffer.backspace();
            buffer.write('\n');
            return true;
        }
        reader.callWidget(LineReader.ACCEPT_LINE);
        return true;
    }

    /** To the shell and, when that has it in the foreground again, back to the line that was being typed. */
    private boolean suspend() {
        var typing = terminal.getAttributes();
        reader.callWidget(LineReader.END_OF_LINE);
        terminal.setAttributes(shells);
        terminal.writer().print(escapes ? PASTED_TEXT_IS_TEXT + "\r\n" : "\r\n");
        terminal.flush();
        try {
            new ProcessBuilder(
                            "kill",
                            "-TSTP",
                            String.valueOf(ProcessHandle.current().pid()))
                    .start()
                    .waitFor(); // and here it stands still
        } catch (IOException e) {
            // without such a program there is no way out: on with the line
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        terminal.setAttributes(typing);
        terminal.writer().print(escapes ? PASTED_TEXT_IS_TOLD_APART : "");
        terminal.flush();
        reader.callWidget(LineReader.REDRAW_LINE);
        reader.callWidget(LineReader.REDISPLAY);
        return true;
    }

    private static boolean endsInOneBackslash(String text) {
        var end = text.length();
        while (end > 0 && text.charAt(end - 1) == '\\') {
            end--;
        }
        return (text.length() - end) % 2 == 1;
    }

    private static void complete(Completion completion, ParsedLine line, List<Candidate> candidates) {
        if (Commands.isOne(line.line())) {
            candidates.addAll(
                    line.wordIndex() == 0
                            ? Commands.ALL.stream()
                                    .map(each -> new Candidate(
                                            each.name(), each.name(), null, each.does(), null, null, true))
                                    .toList()
                            : completion.of(line.words().getFirst(), line.word().substring(0, line.wordCursor())));
        }
    }

    /** A command and its argument: everything that follows it is one word. */
    private static final class Words implements Parser {
        @Override
        public ParsedLine parse(String line, int cursor, ParseContext context) {
            var end = line.indexOf(' ');
            if (end < 0 || cursor <= end) {
                var word = end < 0 ? line : line.substring(0, end);
                return new Line(word, Math.min(cursor, word.length()), 0, List.of(word), line, cursor);
            }
            var rest = line.substring(end + 1);
            return new Line(rest, cursor - end - 1, 1, List.of(line.substring(0, end), rest), line, cursor);
        }
    }

    private record Line(String word, int wordCursor, int wordIndex, List<String> words, String line, int cursor)
            implements CompletingParsedLine {
        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return candidate;
        }

        @Override
        public int rawWordCursor() {
            return wordCursor;
        }

        @Override
        public int rawWordLength() {
            return word.length();
        }
    }
}
