package com.aistrale.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code aistrale admin}: on the server's own data. The launcher runs it by itself; this is its help, and the long way round. */
@Command(
        name = "admin",
        header = "Back up a server's data, or move it to PostgreSQL.",
        description = "aistrale admin COMMAND --help explains one.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale admin backup /var/backups/aistrale.db",
            "  echo \"$AISTRALE_DATABASE_URL\" | aistrale admin migrate-to -"
        })
final class AdminCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(
            arity = "1..*",
            paramLabel = "COMMAND",
            description = "backup FILE, or migrate-to URL, with their options.")
    private List<String> arguments = List.of();

    AdminCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return Launched.run(session, "admin", arguments);
    }
}
