package com.aistrale.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Help that fits the terminal. */
final class HelpLayout {
    static final int WIDEST = 100;
    private static final int NARROWEST = 60;

    private HelpLayout() {}

    static boolean isAskedFor(ParseResult parsed) {
        var each = parsed;
        while (each != null) {
            if (each.isUsageHelpRequested() || (each.commandSpec().parent() == null && !each.hasSubcommand())) {
                return true;
            }
            each = each.subcommand();
        }
        return false;
    }

    /** As wide as the terminal, within what reads well; what is a paragraph is broken by that alone. */
    static void fit(CommandLine line, Io io) {
        if (io.outIsTerminal()) {
            var columns = TerminalSize.of(io.env()).columns();
            line.setUsageHelpWidth(Math.clamp(columns, NARROWEST, WIDEST));
        }
        join(line);
    }

    static void join(CommandLine line) {
        var usage = line.getCommandSpec().usageMessage();
        usage.description(paragraphs(usage.description()));
        line.getSubcommands().values().forEach(HelpLayout::join);
    }

    /** Lines that only the width of the source has broken are one; an indented line stands for itself. */
    static String[] paragraphs(String... lines) {
        var paragraphs = new ArrayList<String>();
        for (var line : List.of(lines)) {
            var goesOn = !paragraphs.isEmpty()
                    && !line.isBlank()
                    && !line.startsWith(" ")
                    && !paragraphs.getLast().isBlank()
                    && !paragraphs.getLast().startsWith(" ");
            if (goesOn) {
                paragraphs.addLast(paragraphs.removeLast() + " " + line);
            } else {
                paragraphs.add(line);
            }
        }
        return paragraphs.toArray(String[]::new);
    }
}
