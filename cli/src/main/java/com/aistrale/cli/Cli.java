package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.internal.Nearest;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The tree of commands. Only the branch that was asked for is built, because building all of them is most of the start. */
final class Cli {
    private static final Map<String, Function<Session, Object>> COMMANDS = commands();
    private static final List<String> GLOBAL_WITH_VALUE = List.of("--profile", "--api-url", "--api-key", "--workspace");
    private final Io io;
    private final Session session;

    Cli(Io io, LocalServer local) {
        this.io = io;
        this.session = new Session(io, local);
    }

    private static Map<String, Function<Session, Object>> commands() {
        var commands = new LinkedHashMap<String, Function<Session, Object>>();
        commands.put("run", RunCommand::new);
        commands.put("chat", ChatCommand::new);
        commands.put("batch", BatchCommand::new);
        commands.put("cancel", CancelCommand::new);
        commands.put("exec", ExecCommand::new);
        commands.put("prompts", PromptsCommand::new);
        commands.put("tokens", TokensCommand::new);
        commands.put("providers", ProvidersCommand::new);
        commands.put("models", ModelsCommand::new);
        commands.put("aliases", AliasesCommand::new);
        commands.put("login", LoginCommand::new);
        commands.put("config", ConfigCommand::new);
        commands.put("whoami", WhoamiCommand::new);
        commands.put("telemetry", TelemetryCommand::new);
        commands.put("traces", TracesCommand::new);
        commands.put("export", ExportCommand::new);
        commands.put("keys", KeysCommand::new);
        commands.put("budgets", BudgetsCommand::new);
        commands.put("webhooks", WebhooksCommand::new);
        commands.put("workspaces", WorkspacesCommand::new);
        commands.put("audit", AuditCommand::new);
        commands.put("serve", ServeCommand::new);
        commands.put("status", StatusCommand::new);
        commands.put("start", StartCommand::new);
        commands.put("stop", StopCommand::new);
        commands.put("doctor", DoctorCommand::new);
        commands.put("completion", CompletionCommand::new);
        commands.put("emulator", EmulatorCommand::new);
        commands.put("admin", AdminCommand::new);
        return commands;
    }

    int run(String... args) {
        if (args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"))) {
            io.out().println("aistrale " + Aistrale.VERSION);
            io.out().flush();
            return Exit.OK;
        }
        var words = helpAsOption(args);
        return ended(commandLine(command(words), twig(words)).execute(words));
    }

    /** What was printed must have come to where it was sent, unless nobody wanted to read it to its end. */
    private int ended(int code) {
        io.out().flush();
        var failure = io.out() instanceof StandardOut out ? out.failure() : Optional.<IOException>empty();
        failure.ifPresent(why -> {
            io.err().println("aistrale: Cannot write to standard output: " + Io.line(String.valueOf(why.getMessage())));
            io.err().println("Look at the room on the disk, or write to another place: --output FILE");
        });
        io.err().flush();
        return failure.isPresent() && code == Exit.OK ? Exit.FAILED : code;
    }

    /** All commands at once, for what describes them. */
    CommandLine whole() {
        var line = commandLine("", "");
        COMMANDS.forEach((name, make) -> {
            if (!line.getSubcommands().containsKey(name)) {
                line.addSubcommand(name, branch(make.apply(session), ""));
            }
        });
        return configured(line);
    }

    /**
     * @param wanted the command that is built, with none of them where there is none of that name
     * @param twig the one of its own commands that is built, with all of them where there is none of that name
     */
    private CommandLine commandLine(String wanted, String twig) {
        var root = CommandSpec.create().name("aistrale").version("aistrale " + Aistrale.VERSION);
        root.usageMessage()
                .header("Language models, from where you work.")
                .customSynopsis("aistrale [global options] COMMAND [options]")
                .footer(
                        "%nExamples:",
                        "  aistrale run \"Hello, world!\"",
                        "  git diff | aistrale run \"Write a commit message for this diff\"",
                        "  aistrale tokens add --provider openai",
                        "  aistrale telemetry view --last 24h",
                        "  aistrale run --prompt greeting --var name=Ada",
                        "",
                        "Exit codes: 0 done, 1 a defect, 2 wrong usage, 3 no access, 4 not found or in conflict,",
                        "  5 budget spent, 6 provider, server or receiver could not, 7 no connection,",
                        "  8 some lines of a batch failed, 130 interrupted, 141 nobody reads the output.",
                        "",
                        "aistrale help COMMAND says more about a command.");
        global(root, "--profile", "NAME", "Profile of the config file.", value -> session.set("profile", value));
        global(root, "--api-url", "URL", "Where the server is.", value -> session.set("api_url", value));
        global(
                root,
                "--api-key",
                "KEY",
                "API key (others see it in the process list).",
                value -> session.set("api_key", value));
        global(
                root,
                "--workspace",
                "ID",
                "The workspace to act in, for the server's operator.",
                value -> session.set("workspace", value));
        flag(root, "Show where an error happened.", () -> session.setDebug(true), "--debug");
        var make = COMMANDS.get(wanted);
        if (make == null) {
            TopLevelHelp.arrange(root.usageMessage(), COMMANDS, session);
        }
        root.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .scopeType(ScopeType.INHERIT)
                .description("Show this help.")
                .build());
        root.addOption(OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Show the version.")
                .build());
        var line = new CommandLine(root);
        if (make != null) {
            line.addSubcommand(wanted, branch(make.apply(session), twig));
        }
        if (wanted.equals("exec")) { // what comes then is another program's
            line.setStopAtPositional(true).setExpandAtFiles(false);
        }
        return configured(line);
    }

    /** A command with its own commands, or with the one that was asked for: the others' options are much of a start. */
    private static CommandLine branch(Object command, String twig) {
        var line = new CommandLine(command);
        var all = CommandLine.getCommandMethods(command.getClass(), null);
        var asked = all.stream()
                .filter(each -> {
                    var named = each.getAnnotation(Command.class);
                    return twig.equals(named.name()) || List.of(named.aliases()).contains(twig);
                })
                .toList();
        for (var each : asked.isEmpty() ? all : asked) {
            var sub = new CommandLine(each);
            line.addSubcommand(sub.getCommandName(), sub);
        }
        return line;
    }

    private CommandLine configured(CommandLine line) {
        var bare = line.getCommandSpec();
        line.setExecutionStrategy(parsed -> {
            if (HelpLayout.isAskedFor(parsed)) {
                HelpLayout.fit(line, io);
            }
            if (parsed.subcommand() == null && !parsed.isUsageHelpRequested() && !parsed.isVersionHelpRequested()) {
                if (ChatCommand.isPossible(io)) {
                    return new ChatCommand(session).call();
                }
                bare.commandLine().usage(bare.commandLine().getOut());
                return Exit.OK;
            }
            OneOf.check(parsed);
            return new CommandLine.RunLast().execute(parsed);
        });
        line.setOut(writer(io.out()));
        line.setErr(writer(io.err()));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(io.colours(io.outIsTerminal()) ? Ansi.ON : Ansi.OFF));
        line.setUsageHelpWidth(HelpLayout.WIDEST);
        line.setParameterExceptionHandler((error, args) -> misused(error));
        line.setExecutionExceptionHandler((error, command, parsed) -> failed(error));
        return line;
    }

    private int misused(ParameterException error) {
        io.err().println("aistrale: " + Misplaced.hidden(Io.line(String.valueOf(error.getMessage()))));
        io.err().println(advice(error));
        debug(error);
        return Exit.USAGE;
    }

    private static String advice(ParameterException error) {
        if (error instanceof OneOf.NoneOf none) {
            return none.advice();
        }
        var spec = error.getCommandLine().getCommandSpec();
        return nearest(error)
                .map(right -> "Did you mean " + right + "?")
                .orElse("Its options: " + spec.qualifiedName() + " --help");
    }

    private static Optional<String> nearest(ParameterException error) {
        if (!(error instanceof UnmatchedArgumentException unmatched)) {
            return Optional.empty();
        }
        var wrong = unmatched.getUnmatched().getFirst();
        var spec = error.getCommandLine().getCommandSpec();
        return Nearest.to(
                wrong,
                wrong.startsWith("-")
                        ? spec.optionsMap().keySet()
                        : spec.parent() == null
                                ? COMMANDS.keySet()
                                : spec.subcommands().keySet());
    }

    private int failed(Exception error) {
        if (error instanceof Io.OutputClosed) {
            debug(error);
            return Exit.OK; // but for a failure that is said at the end
        }
        var shown = switch (error) {
            case CliException e -> e;
            case AistraleException e -> session.serverVersion(e).orElseGet(() -> Exit.of(e));
            case IllegalArgumentException e ->
                new CliException(
                        Io.line(String.valueOf(e.getMessage())), "Look at the options: add --help.", Exit.USAGE);
            default ->
                new CliException(
                        "This is a defect of aistrale: " + Io.line(error.toString()),
                        "Run it again with --debug and report what it shows.",
                        Exit.FAILED);
        };
        io.err().println("aistrale: " + shown.what());
        if (!shown.advice().isEmpty()) {
            io.err().println(shown.advice());
        }
        debug(error);
        return shown.exit();
    }

    private void debug(Exception error) {
        if (session.debug()) {
            error.printStackTrace(io.err());
        }
    }

    /** {@code help tokens add} is {@code tokens add --help}. */
    private static String[] helpAsOption(String... args) {
        if (args.length == 0 || !args[0].equals("help")) {
            return args;
        }
        var words = Arrays.copyOfRange(args, 1, args.length + 1);
        words[args.length - 1] = "--help";
        return words;
    }

    /** The first word that is no global option, nor one's value; empty where there is none. */
    private static String command(String... args) {
        var words = Arrays.asList(args).iterator();
        while (words.hasNext()) {
            var word = words.next();
            if (GLOBAL_WITH_VALUE.contains(word)) {
                if (words.hasNext()) {
                    words.next();
                }
            } else if (!word.startsWith("-")) {
                return word;
            }
        }
        return "";
    }

    /** The word right behind the command; empty where another option stands there, which may be about all that the command has. */
    private static String twig(String... args) {
        var words = Arrays.asList(args).iterator();
        var seen = false;
        while (words.hasNext()) {
            var word = words.next();
            if (GLOBAL_WITH_VALUE.contains(word)) {
                if (words.hasNext()) {
                    words.next();
                }
            } else if (seen) {
                return word;
            } else {
                seen = !word.startsWith("-");
            }
        }
        return "";
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    private static void global(CommandSpec root, String name, String label, String description, Consumer<String> set) {
        root.addOption(OptionSpec.builder(name)
                .paramLabel(label)
                .type(String.class)
                .scopeType(ScopeType.INHERIT)
                .description(description)
                .setter(new ISetter() {
                    @Override
                    public <T> T set(T value) {
                        if (value instanceof String text) {
                            set.accept(text);
                        }
                        return value;
                    }
                })
                .build());
    }

    private static void flag(CommandSpec root, String description, Runnable set, String... names) {
        root.addOption(OptionSpec.builder(names)
                .type(boolean.class)
                .scopeType(ScopeType.INHERIT)
                .description(description)
                .setter(new ISetter() {
                    @Override
                    public <T> T set(T value) {
                        if (Boolean.TRUE.equals(value)) {
                            set.run();
                        }
                        return value;
                    }
                })
                .build());
    }
}
