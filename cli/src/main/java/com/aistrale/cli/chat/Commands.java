package com.aistrale.cli.chat;

import java.util.List;

/** What can be typed besides questions. */
final class Commands {
    /** One of them, as the help shows it. */
    record Command(String name, String arguments, String does) {}

    static final List<Command> ALL = List.of(
            new Command("/model", "[NAME]", "ask this model from now on; without a name, say which is asked"),
            new Command("/system", "[TEXT]", "what the model is told before everything; - for nothing"),
            new Command("/prompt", "NAME[@LABEL] [KEY=VALUE…]", "ask or begin with a stored prompt"),
            new Command("/retry", "", "ask the last question again"),
            new Command("/save", "[-f] [FILE]", "write the conversation to a file; -f over another one's"),
            new Command("/load", "FILE", "go on with a saved conversation, of an SDK too"),
            new Command("/cost", "", "what this took so far"),
            new Command("/clear", "", "begin a new conversation, with an empty screen"),
            new Command("/help", "", "this"),
            new Command("/exit", "", "leave; so do Ctrl-D, and Ctrl-C twice"));

    static final List<String> NAMES = ALL.stream().map(Command::name).toList();

    private Commands() {}

    /** Whether a line is a command and no question; {@code /etc/hosts looks odd} is a question. */
    static boolean isOne(String line) {
        return line.matches("/[^/\\s]*(\\s[^\n]*)?");
    }

    static String help() {
        var text = new StringBuilder();
        for (var each : ALL) {
            text.append((each.name + " " + each.arguments).strip())
                    .append("\n    ")
                    .append(each.does)
                    .append('\n');
        }
        return text
                + "Enter sends; Alt-Enter, or \\ at the end of a line, begins another one. Pasted text is one question. Tab completes,"
                + " Up brings back what was typed. Ctrl-C stops an answer.";
    }
}
