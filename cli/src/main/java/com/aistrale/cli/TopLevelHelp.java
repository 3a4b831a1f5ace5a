package com.aistrale.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The list of commands, in groups: what a newcomer needs stands first. */
final class TopLevelHelp {
    private static final Map<String, List<String>> GROUPS = groups();

    private TopLevelHelp() {}

    private static Map<String, List<String>> groups() {
        var groups = new LinkedHashMap<String, List<String>>();
        groups.put("Ask a model", List.of("run", "chat", "batch", "cancel", "exec", "prompts", "tokens"));
        groups.put("Who answers", List.of("models", "aliases", "providers"));
        groups.put("See what happened", List.of("telemetry", "traces", "webhooks", "audit", "export"));
        groups.put("Access and money", List.of("login", "config", "whoami", "keys", "budgets", "workspaces"));
        groups.put(
                "The server", List.of("serve", "start", "status", "stop", "doctor", "admin", "emulator", "completion"));
        return groups;
    }

    /** The commands first, in groups; the options, which are everybody's, below. */
    static void arrange(UsageMessageSpec usage, Map<String, Function<Session, Object>> commands, Session session) {
        usage.optionListHeading("%nGlobal options:%n");
        usage.sectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, help -> commands(commands, session));
        usage.sectionKeys(List.of(
                UsageMessageSpec.SECTION_KEY_HEADER,
                UsageMessageSpec.SECTION_KEY_SYNOPSIS_HEADING,
                UsageMessageSpec.SECTION_KEY_SYNOPSIS,
                UsageMessageSpec.SECTION_KEY_COMMAND_LIST,
                UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING,
                UsageMessageSpec.SECTION_KEY_OPTION_LIST,
                UsageMessageSpec.SECTION_KEY_FOOTER_HEADING,
                UsageMessageSpec.SECTION_KEY_FOOTER));
    }

    /** Of each command only what its annotation says: to build them all takes longer than everything else. */
    private static String commands(Map<String, Function<Session, Object>> commands, Session session) {
        var text = new StringBuilder();
        GROUPS.forEach((group, names) -> {
            text.append(String.format("%n%s:%n", group));
            for (var name : names) {
                var make = commands.get(name);
                if (make != null) {
                    var said = make.apply(session).getClass().getAnnotation(Command.class);
                    text.append(String.format("  %-12s %s%n", name, String.join(" ", said.header())));
                }
            }
        });
        return text.toString();
    }
}
