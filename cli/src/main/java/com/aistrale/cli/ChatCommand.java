package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.Inference;
import com.aistrale.PromptRef;
import com.aistrale.cli.Io.Stdin;
import com.aistrale.cli.chat.Chat;
import com.aistrale.cli.chat.Host;
import com.aistrale.cli.chat.Refusal;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale chat}: a conversation at the terminal. */
@Command(
        name = "chat",
        header = "Talk with a model at the terminal.",
        description = {
            "Each question sees what was said before. Answers come as they are written; Ctrl-C stops one. /help shows what else can",
            "be typed. aistrale alone, at a terminal, is the same."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale chat",
            "  aistrale chat -m openai/gpt-4o -s \"Answer briefly.\"",
            "  aistrale chat --load talk.json",
            "  aistrale chat --prompt tutor@production --var subject=Latin"
        })
final class ChatCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "QUESTION", description = "What to ask first.", arity = "0..*")
    private String[] words = {};

    @Mixin
    private ModelSettings model = new ModelSettings();

    @Option(
            names = "--load",
            paramLabel = "FILE",
            description = "Go on with a conversation that /save or an SDK's session.save wrote.")
    private @Nullable String load;

    @Option(
            names = "--prompt",
            paramLabel = PromptName.LABEL,
            description = "Begin with a stored prompt: see aistrale prompts.")
    private @Nullable String stored;

    @Mixin
    private Variables variables = new Variables();

    @Option(names = "--plain", description = "Show answers as they were written, without making Markdown of them.")
    private boolean plain;

    ChatCommand(Session session) {
        this.session = session;
    }

    /** Whether there is a terminal to talk at. */
    static boolean isPossible(Io io) {
        return io.stdin() == Stdin.TERMINAL && io.outIsTerminal();
    }

    @Override
    public Integer call() {
        if (!isPossible(session.io())) {
            throw new CliException(
                    "A conversation needs a terminal, to read from and to write to.",
                    "Ask once instead: aistrale run. To keep a conversation, type /save FILE in it.",
                    Exit.USAGE);
        }
        if (load != null && stored != null) {
            throw new CliException(
                    "There are a saved conversation and a prompt to begin with.", "Give one of them.", Exit.USAGE);
        }
        if (stored == null && !variables.isEmpty()) {
            throw new CliException("--var is for a stored prompt.", "Name it: --prompt NAME", Exit.USAGE);
        }
        var prompt = stored == null ? null : PromptName.parse(stored).ref().variables(variables.read(session.io()));
        try {
            Chat.talk(
                    new Shell(session),
                    new Chat.Beginning(model.fields(), load, prompt, String.join(" ", words), plain));
        } catch (Refusal e) {
            throw new CliException(Io.line(e.what()), Io.line(e.advice()), Exit.USAGE);
        }
        return Exit.OK;
    }

    /** What the conversation needs of this command line. */
    private record Shell(Session session, Optional<String> workspaceGiven) implements Host {
        Shell(Session session) {
            this(session, Optional.ofNullable(session.given("workspace")));
        }

        @Override
        public Map<String, String> env() {
            return session.io().env();
        }

        @Override
        public String version() {
            return Aistrale.VERSION;
        }

        @Override
        public Aistrale client() {
            try {
                return session.interruptible();
            } catch (CliException e) {
                throw new Refusal(e.what(), e.advice());
            }
        }

        @Override
        public Aistrale impatient() {
            return session.impatient();
        }

        @Override
        public void workspace(@Nullable String id) {
            workspaceGiven
                    .or(() -> Optional.ofNullable(id))
                    .ifPresentOrElse(wanted -> session.set("workspace", wanted), () -> session.forget("workspace"));
        }

        @Override
        public @Nullable String model() {
            var settings = session.settings();
            var model = settings.value("model");
            var provider = settings.value("provider");
            return model == null || model.contains("/") || provider == null ? model : provider + "/" + model;
        }

        @Override
        public Told told(AistraleException error) {
            var said = session.serverVersion(error).orElseGet(() -> Exit.of(error));
            return new Told(said.what(), said.advice());
        }

        @Override
        public Optional<String> remark(Inference answer) {
            return AttemptTable.instead(answer).map(said -> said.replace(" More: --verbose", ""));
        }

        @Override
        public String dollars(BigDecimal amount) {
            return TelemetryTable.cost(amount);
        }

        @Override
        public PromptRef prompt(String name, List<String> variables) {
            try {
                return PromptName.parse(name).ref().variables(Variables.of(variables));
            } catch (CliException e) {
                throw new Refusal(e.what(), e.advice());
            }
        }

        @Override
        public String safe(String text) {
            return Io.safe(text);
        }
    }
}
