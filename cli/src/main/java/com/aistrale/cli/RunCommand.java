package com.aistrale.cli;

import com.aistrale.AistraleException;
import com.aistrale.Inference;
import com.aistrale.InferenceStream;
import com.aistrale.RunOptions;
import com.aistrale.StreamEvent;
import com.aistrale.cli.text.SafeText;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale run}: asks the model and prints its answer. */
@Command(
        name = "run",
        header = "Ask the model and print its answer.",
        description = {
            "The prompt is the arguments, or standard input where there are none (or \"-\"). With both, the",
            "arguments come first and the input after them. Where nothing answers at a local address, a server is started."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale run \"Hello, world!\"",
            "  aistrale run -m openai/gpt-4o -t 0 What is the capital of France",
            "  git diff | aistrale run \"Write a commit message for this diff\"",
            "  aistrale run --json \"Hello\" | jq .usage",
            "  aistrale run --prompt greeting@production --var name=Ada --var count:=3",
            "  git diff | aistrale run --prompt commit-message --var-file diff=-",
            "  aistrale run -m openai/gpt-4o --fallback anthropic/claude-sonnet-4-5 --verbose \"Hello\""
        })
final class RunCommand implements Callable<Integer> {
    static final String DEMO =
            "This answer came from AISTRALE's demo provider, not a model. Add one: aistrale tokens add --provider openai";
    private final Session session;

    @Parameters(paramLabel = "PROMPT", description = "What to ask.", arity = "0..*")
    private String[] words = {};

    @Mixin
    private RunSettings settings = new RunSettings();

    @Option(
            names = "--prompt",
            paramLabel = PromptName.LABEL,
            description = "Run a stored prompt instead: see aistrale prompts.")
    private @Nullable String stored;

    @Mixin
    private Variables variables = new Variables();

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description = "Run again with the same key and the same request, it gets the same answer and pays once.")
    private @Nullable String idempotencyKey;

    @Option(
            names = {"-v", "--verbose"},
            description = "Say afterwards, on standard error, who was asked and answered, and what it cost.")
    private boolean verbose;

    @Option(names = "--json", description = "Print the server's whole answer as JSON.")
    private boolean json;

    @Option(names = "--no-stream", description = "Print the answer when it is complete, not as it comes.")
    private boolean noStream;

    RunCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var io = session.io();
        var prompt = stored == null ? new Prompt(io).of(words) : "";
        var options = options();
        var client = session.connected();
        try (var stream = stored == null ? client.stream(prompt, options) : client.stream(options);
                var interrupt = new Interrupt(stream::cancel)) {
            try {
                after(io.outIsTerminal() && !noStream && !json ? live(stream) : whole(stream));
            } catch (AistraleException e) {
                if (interrupt.hasCome()) {
                    return Exit.INTERRUPTED; // what Ctrl-C brought about is no error
                }
                throw e;
            }
        }
        return Exit.OK;
    }

    private RunOptions options() {
        // Who has given no key cannot come back for the answer: then Ctrl-C ends the inference also while nothing has
        // come of it yet.
        var options = RunOptions.builder().resumable(idempotencyKey != null);
        if (stored != null) {
            if (words.length > 0) {
                throw new CliException(
                        "There are a prompt of your own and a stored one.",
                        "Give one of them. What a stored one wants to know goes into --var KEY=VALUE.",
                        Exit.USAGE);
            }
            options.promptRef(PromptName.parse(stored).ref().variables(variables.read(session.io())));
        } else if (!variables.isEmpty()) {
            throw new CliException("--var is for a stored prompt.", "Name it: --prompt NAME", Exit.USAGE);
        }
        settings.into(options);
        if (idempotencyKey != null) {
            options.idempotencyKey(idempotencyKey);
        }
        return options.build();
    }

    /** As it comes. Line ends are held back until more follows, so that there is exactly one at the end. */
    private Inference live(InferenceStream stream) {
        var out = session.io().out();
        var held = "";
        var pieces = new SafeText.Pieces();
        try {
            for (var event : stream) {
                if (event instanceof StreamEvent.Text delta) {
                    var text = held + pieces.next(delta.text());
                    var shown = text.replaceAll("\n+$", "");
                    held = text.substring(shown.length());
                    out.print(shown);
                    out.flush();
                }
            }
        } finally {
            out.println();
            out.flush();
        }
        return stream.finalInference();
    }

    private Inference whole(InferenceStream stream) {
        var answer = stream.finalInference();
        var text = session.io().outIsTerminal() ? Io.safe(answer.text()) : answer.text();
        session.io().out().println(json ? answer.toJson() : text.replaceAll("\n+$", ""));
        session.io().out().flush();
        return answer;
    }

    private void after(Inference answer) {
        if ("length".equals(answer.finishReason())) {
            session.io().warn("The answer is not whole: it reached the limit of output tokens (--max-output-tokens).");
        }
        if (answer.provider().equals("demo")) {
            session.io().warn(DEMO);
        }
        if (verbose) {
            new AttemptTable(session.io()).note(answer);
        } else {
            AttemptTable.instead(answer).ifPresent(session.io()::warn);
        }
    }
}
