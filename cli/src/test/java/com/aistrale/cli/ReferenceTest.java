package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * docs/cli/reference is made from the tree of commands, all that it has: a page for each command. AISTRALE_WRITE_REFERENCE=1
 * (tools/cli-reference) writes it anew.
 */
class ReferenceTest {
    private static final Path FOLDER = Path.of("..", "docs", "cli", "reference");
    private static final String WRITE = "AISTRALE_WRITE_REFERENCE";

    @TempDir
    Path home = Path.of(".");

    private CommandLine program() {
        var io = new Io(
                InputStream.nullInputStream(),
                System.out,
                System.err,
                Map.of("HOME", home.toString()),
                Io.Stdin.OTHER,
                false,
                false,
                question -> null);
        var program = new Cli(io, new LocalServer(io, null)).whole();
        HelpLayout.join(program);
        return program;
    }

    @TestFactory
    List<DynamicTest> theReferenceSaysWhatTheCommandsTake() throws IOException {
        var pages = pages(program());
        if (System.getenv(WRITE) != null) {
            write(pages);
        }
        var tests = new ArrayList<DynamicTest>();
        pages.forEach((name, page) -> tests.add(DynamicTest.dynamicTest(
                name,
                () -> assertThat(FOLDER.resolve(name))
                        .as("written anew by tools/cli-reference")
                        .content()
                        .isEqualTo(page))));
        tests.add(DynamicTest.dynamicTest("no page is left of a command that is gone", () -> {
            try (var files = Files.list(FOLDER)) {
                assertThat(files.map(file -> file.getFileName().toString()))
                        .containsExactlyInAnyOrderElementsOf(pages.keySet());
            }
        }));
        return tests;
    }

    /** Whoever adds a command says in one line what it is for, and what each of its options and arguments is. */
    @Test
    void everythingIsExplained() {
        var silent = new ArrayList<String>();
        program().getSubcommands().values().forEach(command -> silent(command.getCommandSpec(), silent));
        assertThat(silent).isEmpty();
    }

    private static void silent(CommandSpec spec, List<String> silent) {
        if (spec.usageMessage().header().length == 0) {
            silent.add(spec.qualifiedName());
        }
        spec.args().stream()
                .filter(argument -> argument.description().length == 0)
                .forEach(argument -> silent.add(spec.qualifiedName() + " " + argument.paramLabel()));
        spec.subcommands().values().forEach(sub -> silent(sub.getCommandSpec(), silent));
    }

    private static void write(Map<String, String> pages) throws IOException {
        Files.createDirectories(FOLDER);
        try (var files = Files.list(FOLDER)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
        for (var page : pages.entrySet()) {
            Files.writeString(FOLDER.resolve(page.getKey()), page.getValue());
        }
    }

    private static Map<String, String> pages(CommandLine program) {
        var pages = new TreeMap<String, String>();
        var index = new StringBuilder("""
                # The command line: reference

                Made from the commands themselves by `tools/cli-reference`. The guide is [docs/cli](../README.md).

                | command | |
                |---|---|
                """);
        program.getSubcommands().forEach((name, line) -> {
            var spec = line.getCommandSpec();
            index.append("| [`aistrale %s`](%s.md) | %s |%n"
                    .formatted(name, name, cell(spec.usageMessage().header())));
            var page = new StringBuilder();
            command(page, "#", spec);
            pages.put(name + ".md", page.toString());
        });
        index.append("\n## Options of every command\n\n");
        options(index, program.getCommandSpec().options());
        index.append("\n`aistrale help COMMAND` is `aistrale COMMAND --help`.\n");
        pages.put("README.md", index.toString());
        return pages;
    }

    private static void command(StringBuilder page, String level, CommandSpec spec) {
        var usage = spec.usageMessage();
        page.append(level).append(" ").append(spec.qualifiedName()).append("\n\n");
        page.append(text(usage.header())).append("\n\n");
        if (spec.subcommands().isEmpty() || spec.args().stream().anyMatch(HelpLayout::isOwn)) {
            page.append("```text\n").append(HelpLayout.synopsis(spec)).append("\n```\n\n");
        }
        if (spec.aliases().length > 0) {
            page.append("Also: `").append(spec.parent().qualifiedName()).append(" ");
            page.append(String.join("`, `", spec.aliases())).append("`\n\n");
        }
        for (var paragraph : usage.description()) {
            page.append(text(paragraph)).append("\n\n");
        }
        if (!spec.positionalParameters().isEmpty()) {
            page.append("| argument | |\n|---|---|\n");
            for (var argument : spec.positionalParameters()) {
                page.append("| `%s` | %s |%n".formatted(argument.paramLabel(), described(argument)));
            }
            page.append("\n");
        }
        var own = spec.options().stream().filter(HelpLayout::isOwn).toList();
        if (!own.isEmpty()) {
            options(page, own);
            page.append("\n");
        }
        if (usage.footer().length > 0) {
            page.append(text(usage.footerHeading()).replace(":", "")).append(":\n\n```text\n");
            for (var line : usage.footer()) {
                page.append(line.replaceFirst("^ {2}", "").replace("%%", "%").stripTrailing())
                        .append("\n");
            }
            page.append("```\n\n");
        }
        // an alias is a second name of the same command
        spec.subcommands().entrySet().stream()
                .filter(sub -> sub.getKey().equals(sub.getValue().getCommandName()))
                .forEach(sub -> command(page, level + "#", sub.getValue().getCommandSpec()));
        while (page.toString().endsWith("\n\n")) {
            page.setLength(page.length() - 1);
        }
        if (level.length() > 1) {
            page.append("\n");
        }
    }

    private static void options(StringBuilder page, List<OptionSpec> options) {
        page.append("| option | |\n|---|---|\n");
        options.stream()
                .filter(option -> !option.hidden())
                .sorted((a, b) -> a.longestName().compareTo(b.longestName()))
                .forEach(option -> page.append("| %s | %s |%n".formatted(names(option), described(option))));
    }

    private static String names(OptionSpec option) {
        var names = Arrays.stream(option.names())
                .sorted((a, b) -> Integer.compare(a.length(), b.length()))
                .map(name -> option.negatable() ? name.replaceFirst("^--", "--[no-]") : name)
                .toList();
        var value = option.arity().max() > 0 ? " " + option.paramLabel() : "";
        return names.stream().map(name -> "`" + name + value + "`").collect(Collectors.joining(", "));
    }

    private static String described(ArgSpec argument) {
        var words = OneOf.of(argument);
        var text = cell(argument.description());
        var unsaid = words.stream().filter(word -> !text.contains(word)).toList();
        return text
                + (unsaid.isEmpty() ? "" : " One of `" + String.join("`, `", words) + "`.")
                + (argument.required() && argument instanceof OptionSpec ? " **Required.**" : "");
    }

    private static String cell(String... lines) {
        return text(lines).replace("|", "\\|");
    }

    private static String text(String... lines) {
        return String.join(" ", lines)
                .replace("%n", " ")
                .replace("%%", "%")
                .replace("<", "&lt;")
                .replace("{{", "`{{")
                .replace("}}", "}}`")
                .replaceAll("\\s+", " ")
                .strip();
    }
}
