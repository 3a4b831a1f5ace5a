package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.cli.text.SafeText;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a command sees of the process it runs in.
 *
 * @param stdin what standard input is
 * @param outIsTerminal whether a person watches standard output
 * @param askSecret asks on the terminal without echo; null comes back where there is none to ask on
 */
record Io(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Map<String, String> env,
        Stdin stdin,
        boolean outIsTerminal,
        boolean errIsTerminal,
        Function<String, char @Nullable []> askSecret) {

    private static final Pattern SPACE = Pattern.compile("\\s+");

    /** What standard input is: a person, a program before a pipe, a file, or something that nobody meant as input (a socket, nothing). */
    enum Stdin {
        TERMINAL,
        PIPE,
        FILE,
        OTHER
    }

    /** The launcher knows best what the streams are, and says it in system properties: Java sees only all of them together. */
    @SuppressWarnings("SystemConsoleNull") // it is null in a runtime without the module of the console
    static Io system() {
        var console = System.console();
        var terminal = console != null && console.isTerminal() ? console : null;
        var interactive = terminal != null;
        var stdin = switch (System.getProperty("aistrale.stdin", interactive ? "terminal" : "pipe")) {
            case "terminal" -> Stdin.TERMINAL;
            case "pipe" -> Stdin.PIPE;
            case "file" -> Stdin.FILE;
            default -> Stdin.OTHER;
        };
        return new Io(
                System.in,
                new StandardOut(),
                new PrintStream(new FileOutputStream(FileDescriptor.err), false, UTF_8),
                System.getenv(),
                stdin,
                isTerminal("stdout", interactive),
                isTerminal("stderr", interactive),
                question -> terminal != null ? terminal.readPassword("%s", question) : null);
    }

    private static boolean isTerminal(String name, boolean otherwise) {
        return System.getProperty("aistrale." + name, otherwise ? "terminal" : "other")
                .equals("terminal");
    }

    /** Standard output for many bytes: it fails where nobody reads on, which a PrintStream does not. */
    OutputStream bytesOut() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
                if (out.checkError()) {
                    throw new OutputClosed();
                }
            }
        };
    }

    /** Standard output cannot be written any more; it knows why itself. */
    static final class OutputClosed extends IOException {
        private static final long serialVersionUID = 1;

        OutputClosed() {
            super("standard output is closed");
        }
    }

    /** Whether a person can be asked: sees what is written to standard error, and types what is read. */
    boolean canAsk() {
        return stdin == Stdin.TERMINAL && errIsTerminal;
    }

    /** Asks whoever {@link #canAsk can be asked}; whether the answer is yes. Nothing is no. */
    boolean confirms(String question) {
        err().print(question + " [y/N] ");
        err().flush();
        return readLine().strip().toLowerCase(Locale.ROOT).matches("y|yes");
    }

    /** A line that is typed, without its end; empty where none comes. */
    String readLine() {
        var line = new ByteArrayOutputStream();
        try {
            for (var c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
                line.write(c);
            }
        } catch (IOException e) {
            return "";
        }
        return line.toString(UTF_8);
    }

    /** Yellow where a person sees it and wants colours. */
    void warn(String text) {
        err.println(colours(errIsTerminal) ? "\u001B[33m" + text + "\u001B[0m" : text);
        err.flush();
    }

    /** Whether to write in colours: as NO_COLOR and CLICOLOR_FORCE say, else where a terminal shows them. */
    boolean colours(boolean isTerminal) {
        if (!env.getOrDefault("NO_COLOR", "").isEmpty()) {
            return false;
        }
        var forced = env.getOrDefault("CLICOLOR_FORCE", "");
        if (!forced.isEmpty() && !forced.equals("0")) {
            return true;
        }
        return isTerminal && !env.getOrDefault("TERM", "").equals("dumb");
    }

    void note(String text) {
        err.println(text);
        err.flush();
    }

    /** For a terminal: without that by which a text could steer it, or show itself as another one. */
    static String safe(String text) {
        return SafeText.of(text);
    }

    /** The same, on one line. */
    static String line(String text) {
        return SPACE.matcher(safe(text)).replaceAll(" ").strip();
    }
}
