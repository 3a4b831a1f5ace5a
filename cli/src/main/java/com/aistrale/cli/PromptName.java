package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.PromptRef;
import com.aistrale.PromptVersion;

/**
 * A prompt as it is named on the command line: {@code NAME}, {@code NAME@3} or {@code NAME@production}.
 *
 * @param which a version's number or a label; empty for what the server takes
 */
record PromptName(String name, String which) {
    static final String LABEL = "NAME[@VERSION|@LABEL]";

    static PromptName parse(String text) {
        var at = text.indexOf('@');
        var name = at < 0 ? text : text.substring(0, at);
        var which = at < 0 ? "" : text.substring(at + 1);
        if (name.isEmpty() || (at >= 0 && which.isEmpty())) {
            throw new CliException(
                    "\"" + Io.line(text) + "\" names no prompt.",
                    "Write it like greeting, greeting@3 or greeting@production.",
                    Exit.USAGE);
        }
        return new PromptName(name, which);
    }

    PromptRef ref() {
        var ref = PromptRef.of(name);
        return which.isEmpty() ? ref : isNumber(which) ? ref.version(Long.parseLong(which)) : ref.label(which);
    }

    /** The version that is meant, by the server's own rule: the label production, else the latest. */
    PromptVersion version(Aistrale client) {
        var prompts = client.prompts();
        if (isNumber(which)) {
            return prompts.version(name, Long.parseLong(which));
        }
        var prompt = prompts.get(name);
        var label = which.isEmpty() ? "production" : which;
        var labelled = prompt.labels().get(label);
        if (labelled == null && !which.isEmpty() && !which.equals("latest")) {
            throw new CliException(
                    "Prompt " + Io.line(name) + " has no label " + Io.line(which) + ".",
                    "Its labels: "
                            + (prompt.labels().isEmpty()
                                    ? "none"
                                    : String.join(", ", prompt.labels().keySet())),
                    Exit.STATE);
        }
        return prompts.version(name, labelled == null ? prompt.latestVersion() : labelled);
    }

    static boolean isNumber(String text) {
        return text.matches("[0-9]{1,18}");
    }
}
