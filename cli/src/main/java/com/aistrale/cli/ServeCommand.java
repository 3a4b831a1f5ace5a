package com.aistrale.cli;

import java.util.ArrayList;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code aistrale serve}: the server in the foreground. The launcher starts it by itself; this is its help, and the long way round. */
@Command(
        name = "serve",
        header = "Run the server in the foreground, until Ctrl-C.",
        description = "Its log goes to standard error. It finishes what runs before it ends, for up to 30 seconds.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale serve",
            "  aistrale serve --port 17000 --data-dir /var/lib/aistrale",
            "  aistrale serve --database-url postgresql://aistrale@db/aistrale"
        })
final class ServeCommand implements Callable<Integer> {
    private final Session session;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "Where to listen (AISTRALE_HOST). 127.0.0.1 unless told otherwise.")
    private @Nullable String host;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "On which port (AISTRALE_PORT). 16000 unless told otherwise.")
    private @Nullable String port;

    @Option(
            names = "--data-dir",
            paramLabel = "FOLDER",
            description = "Where the local database is (AISTRALE_DATA_DIR).")
    private @Nullable String dataDir;

    @Option(names = "--database-url", paramLabel = "URL", description = "A PostgreSQL instead (AISTRALE_DATABASE_URL).")
    private @Nullable String databaseUrl;

    ServeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var arguments = new ArrayList<String>();
        Launched.add(arguments, "--host", host);
        Launched.add(arguments, "--port", port);
        Launched.add(arguments, "--data-dir", dataDir);
        Launched.add(arguments, "--database-url", databaseUrl);
        return Launched.run(session, "serve", arguments);
    }
}
