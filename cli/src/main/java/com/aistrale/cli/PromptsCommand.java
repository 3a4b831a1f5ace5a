package com.aistrale.cli;

import com.aistrale.NotFoundException;
import com.aistrale.PromptVersion;
import com.aistrale.Prompts;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale prompts}: named templates in numbered versions. */
@Command(
        name = "prompts",
        addMethodSubcommands = false,
        header = "Keep prompts on the server: named, in numbered versions, with labels.",
        description = {
            "A prompt is a template with {{variables}}. Its versions never change; labels such as production move from",
            "version to version. NAME@3 is a version, NAME@production a label, NAME alone production, else the latest."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale prompts create greeting \"Greet {{name}} in one sentence.\"",
            "  aistrale prompts update greeting -f greeting.txt --note \"friendlier\"",
            "  aistrale prompts label greeting production 2",
            "  aistrale run --prompt greeting --var name=Ada",
            "  aistrale prompts diff greeting 1 2",
            "  aistrale prompts pull prompts/                   each as a Dotprompt file, NAME.prompt",
            "  aistrale prompts push prompts/ --dry-run         what would change on the server",
            "  aistrale prompts import prompts/ --label staging for CI: what is there already stays"
        })
final class PromptsCommand implements Callable<Integer> {
    private final Session session;

    PromptsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException(
                "Which: list, get, create, update, edit, delete, versions, label, render, diff, pull, push, export or import?",
                "Its commands: aistrale prompts --help",
                Exit.USAGE);
    }

    @Command(name = "list", header = "List the prompts.")
    int list(
            @Option(
                            names = {"-q", "--search"},
                            paramLabel = "TEXT",
                            description = "Only those with this in their name.")
                    @Nullable
                    String search,
            @Mixin Output output) {
        var all = session.connected().prompts();
        output.list(
                session.io(),
                PromptTables.records(),
                search == null ? all.list() : all.search(search),
                search == null
                        ? "No prompt is stored. Make one: aistrale prompts create greeting \"Greet {{name}}.\""
                        : "No prompt has this in its name.");
        return Exit.OK;
    }

    @Command(name = "get", aliases = "version", header = "Show one version of a prompt.")
    int get(@Parameters(paramLabel = PromptName.LABEL, description = "Which.") String name, @Mixin Output output) {
        var version = PromptName.parse(name).version(session.connected());
        var tables = new PromptTables(session.io());
        return output.one(session.io(), PromptTables.whole(), version, () -> tables.version(version));
    }

    @Command(
            name = "create",
            header = "Make a prompt with its first version.",
            description = "The template is the arguments, a file or standard input.")
    int create(
            @Mixin PromptInput input,
            @Option(names = "--description", paramLabel = "TEXT", description = "What it is for.") @Nullable
                    String description,
            @Option(names = "--json", description = "Print what was made as JSON.") boolean json) {
        var name = input.name();
        var content = input.read(session.io());
        var prompts = session.connected().prompts();
        var dotprompt = content.dotprompt();
        if (dotprompt != null) {
            refuseIfThere(prompts, name);
            var made = prompts.importDotprompt(name, dotprompt).version();
            if (description != null) {
                prompts.update(name, description);
            }
            return made(made.version() == 1 ? "Made " : "Made again ", made, input.label(), json);
        }
        var made = prompts.create(name, description, content.content());
        if (json) {
            session.io().out().println(made.toJson());
        } else {
            session.io().out().println("Made " + Io.line(made.name()) + " version " + made.latestVersion());
        }
        label(prompts, name, input.label(), made.latestVersion());
        return Exit.OK;
    }

    private static void refuseIfThere(Prompts prompts, String name) {
        try {
            prompts.get(name);
        } catch (NotFoundException e) {
            return;
        }
        throw new CliException(
                "There is a prompt " + Io.line(name) + " already.",
                "Add a version: aistrale prompts update " + Io.line(name) + " -f FILE",
                Exit.STATE);
    }

    @Command(
            name = "update",
            header = "Add a version to a prompt, or say anew what it is for.",
            description =
                    "The template is the arguments, a file or standard input; nothing is taken over from the version before.")
    int update(
            @Mixin PromptInput input,
            @Option(names = "--description", paramLabel = "TEXT", description = "What it is for.") @Nullable
                    String description,
            @Option(
                            names = "--if-revision",
                            paramLabel = "N",
                            description =
                                    "Only if nobody changed the prompt since it had this revision (prompts list --json).")
                    @Nullable
                    Long revision,
            @Option(names = "--json", description = "Print what was made as JSON.") boolean json) {
        var name = input.name();
        var content = description != null && input.isEmpty() ? null : input.read(session.io());
        var all = session.connected().prompts();
        var prompts = revision == null ? all : all.ifRevision(revision);
        if (content == null) {
            var prompt = prompts.update(name, description);
            session.io().out().println(json ? prompt.toJson() : "Changed " + Io.line(prompt.name()));
            return Exit.OK;
        }
        all.get(name); // a Dotprompt file would make it
        var dotprompt = content.dotprompt();
        PromptVersion version;
        var made = true;
        if (dotprompt == null) {
            version = prompts.createVersion(name, content.content());
        } else {
            var imported = prompts.importDotprompt(name, dotprompt);
            version = imported.version();
            made = imported.created();
        }
        if (description != null) {
            all.update(name, description);
        }
        return made(made ? "Made " : "Unchanged: ", version, input.label(), json);
    }

    @Command(
            name = "edit",
            header = "Change a prompt in your editor, and add what comes of it as a version.",
            description =
                    "The editor is VISUAL or EDITOR, else vi. It has the prompt as a Dotprompt file; unchanged, nothing is sent.")
    int edit(
            @Parameters(paramLabel = PromptName.LABEL, description = "Which.") String name,
            @Option(names = "--label", paramLabel = "LABEL", description = "Put this label at it, such as production.")
                    @Nullable
                    String label) {
        var made = new PromptEditor(session).edit(PromptName.parse(name));
        if (made == null) {
            session.io().note("Nothing was changed.");
            return Exit.OK;
        }
        return made("Made ", made, label, false);
    }

    private int made(String what, PromptVersion version, @Nullable String label, boolean json) {
        session.io()
                .out()
                .println(json ? version.toJson() : what + Io.line(version.name()) + " version " + version.version());
        label(session.connected().prompts(), version.name(), label, version.version());
        return Exit.OK;
    }

    private void label(Prompts prompts, String name, @Nullable String label, long version) {
        if (label != null) {
            prompts.setLabel(name, label, version);
            session.io().note(Io.line(label) + " is at version " + version + " now.");
        }
    }

    @Command(
            name = "delete",
            header = "Take a prompt away.",
            description = {
                "What telemetry says of its versions stays. Made again under the same name, it goes on with the next version."
            })
    int delete(@Parameters(paramLabel = "NAME", description = "Which.") String name) {
        session.connected().prompts().delete(name);
        session.io().out().println("Deleted " + Io.line(name));
        return Exit.OK;
    }

    @Command(name = "versions", header = "List the versions of a prompt, the newest first.")
    int versions(
            @Parameters(paramLabel = "NAME", description = "Of which prompt.") String name,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "50",
                            description = "How many, at most. 50 unless told otherwise.")
                    int limit,
            @Mixin Output output) {
        var found = Listing.of(session.connected().prompts().versions(name), limit);
        output.list(session.io(), PromptTables.versions(), found, "It has no version.");
        return Exit.OK;
    }

    @Command(name = "label", header = "Put a label at a version, or take it away.")
    int label(
            @Parameters(index = "0", paramLabel = "NAME", description = "Of which prompt.") String name,
            @Parameters(index = "1", paramLabel = "LABEL", description = "Such as production.") String label,
            @Parameters(index = "2", arity = "0..1", paramLabel = "VERSION", description = "Its number.") @Nullable
                    Long version,
            @Option(names = "--remove", description = "Take the label away.") boolean remove,
            @Option(
                            names = "--if-revision",
                            paramLabel = "N",
                            description =
                                    "Only if nobody changed the prompt since it had this revision (prompts list --json).")
                    @Nullable
                    Long revision,
            @Option(names = "--json", description = "Print the prompt as JSON.") boolean json) {
        if (remove == (version != null)) {
            throw new CliException(
                    remove ? "--remove takes no version." : "There is no version.",
                    "Write: aistrale prompts label NAME LABEL VERSION, or NAME LABEL --remove",
                    Exit.USAGE);
        }
        var all = session.connected().prompts();
        var prompts = revision == null ? all : all.ifRevision(revision);
        if (version == null) {
            prompts.removeLabel(name, label);
            session.io().out().println("Removed label " + Io.line(label) + " from " + Io.line(name));
            return Exit.OK;
        }
        var prompt = prompts.setLabel(name, label, version);
        session.io()
                .out()
                .println(json ? prompt.toJson() : Io.line(name + "@" + label) + " is version " + version + " now.");
        return Exit.OK;
    }

    @Command(name = "render", header = "Put variables into a prompt and print it. No model is asked.")
    int render(
            @Parameters(paramLabel = PromptName.LABEL, description = "Which.") String name,
            @Mixin Variables variables,
            @Option(names = "--json", description = "Print the server's answer as JSON.") boolean json) {
        var ref = PromptName.parse(name).ref().variables(variables.read(session.io()));
        var rendered = session.connected().prompts().render(ref);
        if (json) {
            session.io().out().println(rendered.toJson());
        } else {
            new PromptTables(session.io()).content(rendered.text(), rendered.messages());
        }
        return Exit.OK;
    }

    @Command(name = "diff", header = "Show what changed between two versions.")
    int diff(
            @Parameters(index = "0", paramLabel = "NAME", description = "Of which prompt.") String name,
            @Parameters(index = "1", paramLabel = "FROM", description = "A version's number or a label.") String from,
            @Parameters(index = "2", paramLabel = "TO", description = "A version's number or a label.") String to,
            @Option(names = "--json", description = "Print the server's answer as JSON.") boolean json) {
        var io = session.io();
        var diff = session.connected().prompts().diff(name, from, to);
        if (json) {
            io.out().println(diff.toJson());
        } else if (diff.changes().isEmpty()) {
            io.note("Nothing differs between version " + diff.from() + " and version " + diff.to() + ".");
        } else {
            var text = io.outIsTerminal() ? Io.safe(diff.unified()) : diff.unified();
            io.out().println(text.replaceAll("\n+$", ""));
        }
        return Exit.OK;
    }

    @Command(
            name = "export",
            header = "Print a prompt as a Dotprompt file, or write files of all.",
            description = "Every version of every prompt, and everything else: aistrale export DIR")
    int export(
            @Parameters(
                            paramLabel = PromptName.LABEL,
                            arity = "0..*",
                            description = "Which; with --dir all unless told.")
                    @Nullable
                    List<String> names,
            @Option(
                            names = {"-d", "--dir"},
                            paramLabel = "DIR",
                            description = "Write each into DIR/NAME.prompt.")
                    @Nullable
                    Path folder) {
        return new PromptFiles(session).export(names == null ? List.of() : names, folder);
    }

    @Command(
            name = "pull",
            header = "Write the prompts into a folder, each as NAME.prompt, and say what changed there.",
            description = {
                "The latest versions, or those at --label. A file that says the same stays as it is. A file whose prompt the",
                "server does not have is named, and stays."
            })
    int pull(
            @Parameters(index = "0", paramLabel = "DIR", description = "The folder.") Path folder,
            @Parameters(
                            index = "1..*",
                            arity = "0..*",
                            paramLabel = "NAME",
                            description = "Which prompts; all unless told.")
                    @Nullable
                    List<String> names,
            @Option(names = "--label", paramLabel = "LABEL", description = "The versions at this label instead.")
                    @Nullable
                    String label,
            @Option(names = "--dry-run", description = "Say what would change, and change nothing.") boolean dryRun) {
        return new PromptFolder(session, folder, dryRun).pull(names == null ? List.of() : names, label);
    }

    @Command(
            name = "push",
            header = "Take in the *.prompt files of a folder, and say what changed on the server.",
            description = {
                "A file that differs from the latest version of its prompt becomes the next one; where only the spelling",
                "differs, the server makes none. A prompt that has no file stays. For single files: aistrale prompts import"
            })
    int push(
            @Parameters(paramLabel = "DIR", description = "The folder.") Path folder,
            @Option(names = "--label", paramLabel = "LABEL", description = "Put this label at what the files say.")
                    @Nullable
                    String label,
            @Option(names = "--dry-run", description = "Say what would change, and change nothing.") boolean dryRun) {
        return new PromptFolder(session, folder, dryRun).push(label);
    }

    @Command(
            name = "import",
            header = "Take in Dotprompt files: FILE.prompt becomes prompt FILE.",
            description = {
                "Made for CI: a file that says what the prompt's latest version says changes nothing. All files are tried,",
                "and what is wrong with each is said; the exit code is then 2, or that of the first other failure."
            })
    int imports(
            @Parameters(
                            paramLabel = "FILE|DIR",
                            arity = "1..*",
                            description =
                                    "Files, folders with *.prompt in them, or - for standard input (with --name).")
                    List<String> paths,
            @Option(names = "--name", paramLabel = "NAME", description = "The prompt's name, for a single file.")
                    @Nullable
                    String name,
            @Option(names = "--label", paramLabel = "LABEL", description = "Put this label at what was taken in.")
                    @Nullable
                    String label,
            @Option(names = "--json", description = "Print a JSON object for each file.") boolean json) {
        return new PromptFiles(session).imports(paths, name, label, json);
    }
}
