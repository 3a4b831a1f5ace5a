package com.aistrale.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code aistrale doctor}: what is not well, and what to do about it. */
@Command(
        name = "doctor",
        header = "Look for what is not well here, and say what to do about it.",
        description = {
            "The config file, the server, its version and readiness, the key, the providers' tokens, the clocks, the disk, proxies.",
            "It starts, changes and pays nothing. It ends with 0 only where all is well, else with the exit code of the first",
            "check that failed."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale doctor",
            "  aistrale doctor --ask        also asks the default model, which may cost a little"
        })
final class DoctorCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Output output = new Output();

    @Option(names = "--ask", description = "Ask the default model for a word, too. That may cost a little.")
    private boolean ask;

    DoctorCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var checks = new Checkup(session, ask).run();
        var io = session.io();
        var records = Records.<Checkup.Check>own()
                .text("CHECK", "check", Checkup.Check::name)
                .text("RESULT", "result", check -> check.result().word())
                .text("FOUND", "found", Checkup.Check::found)
                .text("FIX", "fix", Checkup.Check::fix);
        if (output.format(io) == Format.TABLE) {
            checks.forEach(this::print);
        } else {
            output.list(io, records, checks, "");
        }
        return ended(checks);
    }

    private int ended(List<Checkup.Check> checks) {
        var failed = checks.stream()
                .filter(check -> check.result() == Checkup.Result.FAILED)
                .toList();
        if (failed.isEmpty()) {
            session.io().note("All is well.");
            return Exit.OK;
        }
        session.io()
                .note(
                        failed.size() == 1
                                ? "One check failed."
                                : failed.size() + " checks failed. Begin with the first.");
        return failed.getFirst().exit();
    }

    private void print(Checkup.Check check) {
        var io = session.io();
        var out = io.out();
        var word = String.format("%-4s", check.result().word());
        var colour = switch (check.result()) {
            case OK -> "32";
            case NOTE -> "33";
            case FAILED -> "1;31";
        };
        out.println((io.colours(io.outIsTerminal()) ? "\u001B[" + colour + "m" + word + "\u001B[0m" : word) + "  "
                + String.format("%-12s", check.name()) + "  " + Io.line(check.found()));
        var fix = check.fix();
        if (fix != null) {
            out.println("                    → " + Io.line(fix));
        }
        out.flush();
    }
}
