package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.cli.Io.Stdin;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One run of the command line within the test's own process, and what came of it. */
record Ran(int exit, String out, String err) {

    /** What a run finds: nothing of the machine's own. */
    static final class With {
        private final Map<String, String> env = new HashMap<>();
        private String in = "";
        private Stdin stdin = Stdin.OTHER;
        private boolean outTerminal;
        private boolean errTerminal;
        private @Nullable String typed;
        private @Nullable String launcher;

        With(Path home) {
            env.put("HOME", home.toString());
            env.put("PATH", String.valueOf(System.getenv("PATH")));
            env.put("AISTRALE_OUTPUT", "table"); // what people see, though it is no terminal
        }

        With env(String name, String value) {
            env.put(name, value);
            return this;
        }

        With server(FakeServer server) {
            return env("AISTRALE_API_URL", server.url()).env("AISTRALE_API_KEY", "ais_test");
        }

        With in(Stdin kind, String text) {
            stdin = kind;
            in = text;
            return this;
        }

        With terminal() {
            outTerminal = true;
            return this;
        }

        With errTerminal() {
            errTerminal = true;
            return this;
        }

        With typed(String answer) {
            stdin = Stdin.TERMINAL;
            typed = answer;
            return this;
        }

        With launcher(Path script) {
            launcher = script.toString();
            return this;
        }

        Ran run(String... args) {
            var out = new ByteArrayOutputStream();
            var err = new ByteArrayOutputStream();
            var answer = typed;
            var io = new Io(
                    new ByteArrayInputStream(in.getBytes(UTF_8)),
                    new PrintStream(out, false, UTF_8),
                    new PrintStream(err, false, UTF_8),
                    env,
                    stdin,
                    outTerminal,
                    errTerminal,
                    question -> answer == null ? null : answer.toCharArray());
            var exit = new Cli(io, new LocalServer(io, launcher)).run(args);
            return new Ran(exit, out.toString(UTF_8), err.toString(UTF_8));
        }
    }
}
