package com.aistrale.cli;

import com.aistrale.cli.batch.Batch;
import com.aistrale.cli.batch.BatchException;
import com.aistrale.cli.batch.Input;
import com.aistrale.cli.batch.Plan;
import com.aistrale.cli.batch.Report;
import com.aistrale.cli.batch.Screen;
import com.aistrale.cli.batch.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale batch}: asks every line of a file, and writes the answers into another. */
@Command(
        name = "batch",
        header = "Ask every line of a file, and write the answers into another.",
        description = {
            "FILE has a JSON object in each line (.jsonl: prompt, messages or prompt_ref, and any option of",
            "a run), a table with named columns (.csv, .tsv), or a prompt in each line (.txt). Answers are",
            "appended as they come. It may be stopped at any moment, and the same command goes on: no line",
            "is lost, and within a day none is paid twice. What failed is in a file of its own, and asked",
            "again then."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale batch prompts.jsonl -o results.jsonl",
            "  aistrale batch reviews.csv --template \"Is this review friendly? {{text}}\" -m openai/gpt-4o-mini",
            "  aistrale batch names.csv --prompt greeting@production --concurrency 32 --max-cost 5",
            "  aistrale batch prompts.txt --limit 3 -o -        the first three, to look at",
            "  jq -c .prompt prompts.json | aistrale batch - --format jsonl -o results.jsonl --rate 60/m"
        })
final class BatchCommand implements Callable<Integer> {
    private static final Pattern RATE = Pattern.compile("([0-9]{1,6}(?:\\.[0-9]{1,3})?)/(s|m|h)");
    private static final int MOST_AT_ONCE = 512;
    private final Session session;

    @Parameters(paramLabel = "FILE", description = "What to ask; - for standard input, with --format.")
    private String file = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description =
                    "Where the answers go, a JSON object each; - for standard output. NAME.results.jsonl beside the input unless told.")
    private @Nullable String output;

    @Option(
            names = "--failures",
            paramLabel = "FILE",
            description =
                    "Where failures go. NAME.failed.jsonl beside the answers unless told; with -o - among the answers.")
    private @Nullable Path failures;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "jsonl, csv, tsv or text; by the file's name unless told.")
    private @Nullable String format;

    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description =
                    "The prompt, with {{name}} where a column's, or a field's, value goes ({{text}} for a line of text).")
    private @Nullable String template;

    @Option(
            names = "--prompt",
            paramLabel = PromptName.LABEL,
            description = "A stored prompt, whose variables are the columns or fields.")
    private @Nullable String stored;

    @Mixin
    private Variables variables = new Variables();

    @Mixin
    private RunSettings settings = new RunSettings();

    @Option(names = "--concurrency", paramLabel = "N", description = "How many at once. 8 unless told.")
    private int concurrency = 8;

    @Option(
            names = "--rate",
            paramLabel = "N/s|N/m|N/h",
            description = "How many may begin in a second, a minute or an hour.")
    private @Nullable String rate;

    @Option(
            names = "--max-cost",
            paramLabel = "USD",
            description =
                    "Begin no line that might take the batch's cost, former runs included, above this (exit code 5).")
    private @Nullable BigDecimal maxCost;

    @Option(names = "--limit", paramLabel = "N", description = "Only the first N lines.")
    private long limit = Long.MAX_VALUE;

    @Option(
            names = "--no-retry-failed",
            description = "Leave what failed in former runs. It is asked again unless told.")
    private boolean leaveFailed;

    @Option(
            names = "--changed",
            paramLabel = "stop|ask|keep",
            description =
                    "What to do where an answered line is not what it was. It ends before it pays anything unless told.")
    private String changed = "stop";

    @Option(names = "--ordered", description = "Write answers in the order of the lines, not as they come.")
    private boolean ordered;

    @Option(
            names = "--give-up-after",
            paramLabel = "N",
            description = "End when so many in a row have failed (exit code 6). 50 unless told, 0 for never.")
    private int giveUpAfter = 50;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description =
                    "The batch's name: within a day the same line of the same name gets the same answer, wherever it is asked.")
    private @Nullable String name;

    @Option(
            names = {"-y", "--yes"},
            description =
                    "Ask, and pay, again what was under way a day ago or earlier, and has no answer here. A terminal is asked otherwise.")
    private boolean yes;

    @Option(names = "--json", description = "Print the summary at the end as JSON.")
    private boolean json;

    BatchCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try {
            return run();
        } catch (BatchException e) {
            throw shown(e);
        }
    }

    private int run() {
        // Before the first connection of this process: it keeps only five for later otherwise.
        System.setProperty("http.maxConnections", Integer.toString(Math.max(5, concurrency)));
        var input = input();
        var results = results(input);
        var plan = new Plan(
                input,
                shape(),
                results,
                failuresFile(input, results),
                name(),
                checked("--concurrency", concurrency, 1, MOST_AT_ONCE),
                interval(),
                maxCost(),
                checked("--limit", limit, 1, Long.MAX_VALUE),
                !leaveFailed,
                changed(),
                ordered,
                checked("--give-up-after", giveUpAfter, 0, Integer.MAX_VALUE),
                yes);
        // What is wrong with the way there, or with the key, is said at once, and not by every line.
        if ("viewer".equals(session.connected().whoami().role())) {
            throw new CliException(
                    "This API key is a viewer's, and may not ask a model.",
                    "Ask for a key with the role member.",
                    Exit.ACCESS);
        }
        var batch = new Batch(plan, session::patient, screen(results == null));
        var said = new CountDownLatch(1);
        try (var interrupt = new Interrupt(() -> interrupt(batch, said))) {
            var report = batch.run();
            return ended(report, interrupt.hasCome());
        } finally {
            said.countDown();
        }
    }

    /** The process ends when this returns, so it waits for what is said at the end. */
    private static void interrupt(Batch batch, CountDownLatch said) {
        try {
            if (batch.interrupt()) {
                var _ = said.await(5, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private int ended(Report report, boolean interrupted) {
        var stopped = report.stopped();
        if (stopped != null && stopped.why() == BatchException.Why.BROKEN_PIPE) {
            return Exit.BROKEN_PIPE;
        }
        if (json) {
            session.io().out().println(report.toJson());
            session.io().out().flush();
        } else {
            session.io().note(Io.safe(report.toText()));
        }
        if (report.underWay() > 0) {
            session.io()
                    .warn(
                            report.underWay() + " under way were not waited for, and the server ends them. "
                                    + (report.goesOn()
                                            ? "Within a day the same command gets their answers, and pays nothing twice."
                                            : "Their answers are in no file: give the batch a --name, or a file for its answers."));
        }
        if (interrupted) {
            return Exit.INTERRUPTED;
        }
        if (stopped != null) {
            throw shown(stopped);
        }
        return report.isWhole() ? Exit.OK : Exit.SOME_FAILED;
    }

    private static CliException shown(BatchException error) {
        return new CliException(
                Io.line(error.what()),
                Io.line(error.advice()),
                switch (error.why()) {
                    case USAGE -> Exit.USAGE;
                    case STATE -> Exit.STATE;
                    case FILES -> Exit.FAILED;
                    case BROKEN_PIPE -> Exit.BROKEN_PIPE;
                    case ACCESS -> Exit.ACCESS;
                    case MONEY -> Exit.BUDGET;
                    case PROVIDER -> Exit.PROVIDER;
                    case CONNECTION -> Exit.CONNECTION;
                });
    }

    // ── what was given ──────────────────────────────────────────────────────────────────────────────────────────────

    private Input input() {
        var path = file.equals("-") ? null : Path.of(file);
        if (path != null && !Files.exists(path)) {
            throw usage("There is no file " + Io.line(file) + ".", "Name one, or - for standard input.");
        }
        if (path != null && Files.isDirectory(path)) {
            throw usage(Io.line(file) + " is a folder.", "Name a file in it.");
        }
        var given = format == null ? null : named(format);
        var found = given == null && path != null ? Input.byName(path) : given;
        if (found == null) {
            throw usage(
                    path == null
                            ? "How standard input is written is not known."
                            : "How " + Io.line(file) + " is written is not known: its name does not say.",
                    "Say --format jsonl (a JSON object in each line), csv, tsv or text (a prompt in each line).");
        }
        return new Input(path, session.io().in(), found);
    }

    private static Input.Format named(String format) {
        return switch (format) {
            case "jsonl" -> Input.Format.JSONL;
            case "csv" -> Input.Format.CSV;
            case "tsv" -> Input.Format.TSV;
            case "text" -> Input.Format.TEXT;
            default ->
                throw usage("There is no format " + Io.line(format) + ".", "There are jsonl, csv, tsv and text.");
        };
    }

    private @Nullable Path results(Input input) {
        var in = input.file();
        if (output == null ? in == null : output.equals("-")) {
            if (json) {
                throw usage(
                        "The answers and the summary of --json would both go to standard output.",
                        "Name a file for the answers: -o FILE");
            }
            return null;
        }
        var path = output != null ? Path.of(output) : sibling(in == null ? Path.of("") : in, ".results.jsonl");
        if (Files.isDirectory(path)) {
            throw usage(Io.line(path.toString()) + " is a folder.", "Name a file in it: -o FILE");
        }
        if (in != null && isSame(in, path)) {
            throw usage("The answers would be written over what is asked.", "Name another file: -o FILE");
        }
        return path;
    }

    private @Nullable Path failuresFile(Input input, @Nullable Path results) {
        var path = failures != null || results == null || (Files.exists(results) && !Files.isRegularFile(results))
                ? failures
                : sibling(results, ".failed.jsonl");
        if (path == null) {
            return null;
        }
        var in = input.file();
        if (in != null && isSame(in, path)) {
            throw usage(
                    "What fails would be written into " + Io.line(path.toString()) + ", which is what is asked.",
                    "What failed is asked again by the same command as before. Else name another file: --failures FILE");
        }
        if (results != null && isSame(results, path)) {
            throw usage(
                    "The answers and what fails would both be written into " + Io.line(path.toString()) + ".",
                    "Name another file: --failures FILE");
        }
        return path;
    }

    /** Whether two names are one file's, whether it is there or not. */
    private static boolean isSame(Path one, Path other) {
        try {
            return (Files.exists(one) && Files.exists(other))
                    ? Files.isSameFile(one, other)
                    : place(one).equals(place(other));
        } catch (IOException e) {
            throw WholeFile.cannot(other, e);
        }
    }

    private static Path place(Path path) throws IOException {
        var whole = path.toAbsolutePath().normalize();
        var folder = whole.getParent();
        return folder != null && Files.exists(folder) ? folder.toRealPath().resolve(whole.getFileName()) : whole;
    }

    /** The name without its end, and another one behind it. */
    private static Path sibling(Path path, String end) {
        var full = String.valueOf(path.getFileName());
        var dot = full.lastIndexOf('.');
        var own = dot > 0 ? full.substring(0, dot) : full;
        return path.resolveSibling((own.endsWith(".results") ? own.substring(0, own.length() - 8) : own) + end);
    }

    private Shape shape() {
        if (template != null && stored != null) {
            throw usage("There are a template and a stored prompt.", "Give one of them.");
        }
        var base = settings.fields();
        var configured = configured();
        if (template != null) {
            return Shape.template(template, variables.read(session.io()), base, configured);
        }
        if (stored != null) {
            var values = variables.read(session.io());
            return Shape.prompt(PromptName.parse(stored).version(session.connected()), values, base);
        }
        if (!variables.isEmpty()) {
            throw usage("--var is for a prompt with variables.", "Give one: --template TEXT, or --prompt NAME");
        }
        return Shape.plain(base, configured);
    }

    /** What the profile says of the model: with another one the answers are others. */
    private Map<String, String> configured() {
        var found = session.settings();
        var configured = new LinkedHashMap<String, String>();
        for (var key : List.of("model", "provider")) {
            var value = found.value(key);
            if (value != null) {
                configured.put(key, value);
            }
        }
        return configured;
    }

    private @Nullable String name() {
        if (name != null && (name.isBlank() || !name.equals(Io.line(name)))) {
            throw usage("--name must be some text in one line.", "Give it like --name reviews-7, or leave it out.");
        }
        return name;
    }

    private Duration interval() {
        if (rate == null) {
            return Duration.ZERO;
        }
        var match = RATE.matcher(rate);
        if (!match.matches() || Double.parseDouble(match.group(1)) <= 0) {
            throw usage("--rate " + Io.line(rate) + " is no rate.", "Write it like 5/s, 300/m or 1000/h.");
        }
        var unit = switch (match.group(2)) {
            case "s" -> 1e9;
            case "m" -> 60e9;
            default -> 3600e9;
        };
        return Duration.ofNanos((long) (unit / Double.parseDouble(match.group(1))));
    }

    private @Nullable BigDecimal maxCost() {
        if (maxCost != null && maxCost.signum() <= 0) {
            throw usage("--max-cost must be more than 0.", "Leave it out for no limit.");
        }
        return maxCost;
    }

    private Plan.Changed changed() {
        return switch (changed) {
            case "stop" -> Plan.Changed.STOP;
            case "ask" -> Plan.Changed.ASK;
            case "keep" -> Plan.Changed.KEEP;
            default -> throw usage("--changed " + Io.line(changed) + " is nothing to do.", "Say stop, ask or keep.");
        };
    }

    private static int checked(String option, int value, int least, int most) {
        return (int) checked(option, (long) value, least, most);
    }

    private static long checked(String option, long value, long least, long most) {
        if (value < least || value > most) {
            throw usage(
                    option + " " + value + " is not possible.",
                    "It is at least " + least + (most < Integer.MAX_VALUE ? " and at most " + most : "") + ".");
        }
        return value;
    }

    private static CliException usage(String what, String advice) {
        return new CliException(what, advice, Exit.USAGE);
    }

    /** @param answers whether answers go to standard output: at one terminal with them a line cannot be written anew */
    private Screen screen(boolean answers) {
        var io = session.io();
        var live = io.errIsTerminal() && !(answers && io.outIsTerminal());
        var width = io.errIsTerminal() ? TerminalSize.of(io.env()).columns() : 0;
        return new Screen() {
            @Override
            public boolean isLive() {
                return live;
            }

            @Override
            public int width() {
                return width;
            }

            @Override
            public void write(String text) {
                io.err().print(text);
                io.err().flush();
            }

            @Override
            public Said ask(String question) {
                if (!io.canAsk()) {
                    return Said.NOBODY;
                }
                return io.confirms(Io.safe(question)) ? Said.YES : Said.NO;
            }

            @Override
            public OutputStream out() {
                return io.bytesOut();
            }
        };
    }
}
