package com.aistrale.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
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
        var spec = line.getCommandSpec();
        var usage = spec.usageMessage();
        usage.description(paragraphs(usage.description()));
        if (spec.parent() != null) {
            ownOptions(spec);
        }
        line.getSubcommands().values().forEach(HelpLayout::join);
    }

    /** What every command has is said once, by {@code aistrale --help}. */
    private static void ownOptions(CommandSpec spec) {
        var usage = spec.usageMessage();
        var own = spec.options().stream().filter(HelpLayout::isOwn).toList();
        usage.customSynopsis(synopsis(spec));
        usage.sectionMap()
                .put(
                        UsageMessageSpec.SECTION_KEY_OPTION_LIST,
                        help -> help.optionListExcludingGroups(
                                own,
                                help.createDefaultLayout(own, spec.positionalParameters(), help.colorScheme()),
                                Comparator.comparing(OptionSpec::longestName),
                                help.parameterLabelRenderer()));
        usage.sectionMap()
                .put(
                        UsageMessageSpec.SECTION_KEY_FOOTER,
                        help -> help.footer() + "%nOptions of every command: aistrale --help%n".formatted());
    }

    /** How it is written: {@code aistrale keys create --name NAME [options]}; a command that knows better says it itself. */
    static String synopsis(CommandSpec spec) {
        var written = spec.usageMessage().customSynopsis();
        if (written.length > 0) {
            return String.join("%n", written);
        }
        if (!spec.subcommands().isEmpty()) {
            return spec.qualifiedName() + " COMMAND";
        }
        var required = spec.options().stream()
                .filter(OptionSpec::required)
                .map(option -> " " + option.longestName() + " " + option.paramLabel())
                .collect(Collectors.joining());
        var optional = spec.options().stream().anyMatch(option -> isOwn(option) && !option.required());
        var arguments =
                spec.positionalParameters().stream().map(HelpLayout::shown).collect(Collectors.joining());
        return spec.qualifiedName() + required + (optional ? " [options]" : "") + arguments;
    }

    private static String shown(PositionalParamSpec argument) {
        var label = argument.paramLabel()
                + (argument.arity().max() > 1 || argument.index().isVariable() ? "…" : "");
        return argument.arity().min() == 0 ? " [" + label + "]" : " " + label;
    }

    /** Not one that every command has. */
    static boolean isOwn(ArgSpec argument) {
        return !(argument instanceof OptionSpec option) || (!option.inherited() && !option.usageHelp());
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
