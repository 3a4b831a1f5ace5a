package com.aistrale.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help;

/** The list of commands, in groups: what a newcomer needs stands first. */
final class TopLevelHelp {
    private static final Map<String, List<String>> GROUPS = groups();

    private TopLevelHelp() {}

    private static Map<String, List<String>> groups() {
        var groups = new LinkedHashMap<String, List<String>>();
        groups.put("Ask a model", List.of("run", "prompts", "tokens"));
        groups.put("See what happened", List.of("telemetry", "traces", "audit", "export"));
        groups.put("Access", List.of("config", "whoami", "keys", "workspaces"));
        groups.put("The server", List.of("serve", "status", "stop", "admin", "emulator"));
        return groups;
    }

    static String commands(Help help) {
        var commands = help.commandSpec().subcommands();
        var text = new StringBuilder();
        GROUPS.forEach((group, names) -> {
            text.append(String.format("%n%s:%n", group));
            for (var name : names) {
                var command = commands.get(name);
                if (command != null) {
                    var header = command.getCommandSpec().usageMessage().header();
                    text.append(String.format("  %-12s %s%n", name, String.join(" ", header)));
                }
            }
        });
        return text.toString();
    }
}
