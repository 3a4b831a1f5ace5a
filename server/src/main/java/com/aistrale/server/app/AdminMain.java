package com.aistrale.server.app;

import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.sql.DatabaseUrl;
import com.aistrale.server.kit.sql.Move;
import com.aistrale.server.kit.sql.SqliteBackup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** {@code aistrale admin}: what an operator does to a server's data. Results on standard output, mistakes on the other. */
public final class AdminMain {
    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int WRONG = 2;

    private static final String HELP = """
            Usage: aistrale admin COMMAND

            What an operator does to the server's data, on the machine of the data.

              backup FILE        A consistent copy of the SQLite database, also of a running server.
              migrate-to URL     Moves everything from SQLite to an empty PostgreSQL.

            aistrale admin COMMAND --help explains one.
            """;

    private static final String BACKUP = """
            Usage: aistrale admin backup [OPTIONS] FILE

            Copies the SQLite database of the data directory into FILE: consistent, also while a server runs on it.
            A file that is there is not overwritten. The copy holds everything but the master key, which opens the
            stored provider tokens: keep that apart from it (master.key in the data directory, or AISTRALE_MASTER_KEY).

            To restore: stop the server, put the copy as aistrale.db and the key as master.key into an empty data
            directory, and start the server on it.

            PostgreSQL has backups of its own: pg_dump, or the continuous archiving of your provider.

              --data-dir DIR     The data directory (AISTRALE_DATA_DIR; ~/.local/share/aistrale).
              --config FILE      The server's settings (AISTRALE_SERVER_CONFIG).

            Example:
              aistrale admin backup /var/backups/aistrale-$(date +%F).db
            """;

    private static final String MIGRATE = """
            Usage: aistrale admin migrate-to [OPTIONS] URL

            Moves workspaces, keys, tokens, prompts, telemetry and all else from the SQLite database of the data
            directory to an empty PostgreSQL (13 or newer), in one transaction: all of it, or nothing. So one that
            failed can be tried again. The SQLite file stays as it is. The server must be stopped, and the target be
            a database on which none was started.

            Afterwards every node is started with that URL as AISTRALE_DATABASE_URL and with the master key of before
            as AISTRALE_MASTER_KEY: the content of master.key, if the server made its own.

              URL                postgresql://user:password@host:5432/database; - reads it from standard input, as what
                                 stands on a command line is seen by others in the list of processes
              --data-dir DIR     The data directory (AISTRALE_DATA_DIR; ~/.local/share/aistrale).
              --config FILE      The server's settings (AISTRALE_SERVER_CONFIG).

            Example:
              echo "$AISTRALE_DATABASE_URL" | aistrale admin migrate-to -
            """;

    private static final List<String> COMMANDS = List.of("backup", "migrate-to");

    private final Map<String, String> environment;
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;

    AdminMain(Map<String, String> environment, InputStream in, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.in = in;
        this.out = out;
        this.err = err;
    }

    public static void main(String[] arguments) {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        System.exit(new AdminMain(System.getenv(), System.in, System.out, System.err).run(List.of(arguments)));
    }

    /** @return the exit code */
    int run(List<String> arguments) {
        var command = arguments.isEmpty() ? "--help" : arguments.getFirst();
        var rest = new ArrayList<>(arguments.subList(Math.min(1, arguments.size()), arguments.size()));
        boolean help = rest.contains("--help") || rest.contains("-h");
        return switch (command) {
            case "--help", "-h", "help" -> show(HELP);
            case "backup" -> help ? show(BACKUP) : one(rest, "FILE", "backup", this::backup);
            case "migrate-to" -> help ? show(MIGRATE) : one(rest, "URL", "migrate-to", this::migrate);
            default -> {
                err.println("`" + command + "` is no command of aistrale admin" + Nearest.hint(command, COMMANDS)
                        + "\n\n" + HELP.strip());
                yield WRONG;
            }
        };
    }

    private int show(String text) {
        out.print(text);
        return DONE;
    }

    private interface Work {
        int on(Settings settings, String argument) throws StartException, IOException, SQLException;
    }

    /** A command with one argument, between options which are those of the server. */
    private int one(List<String> arguments, String name, String command, Work work) {
        var options = new ArrayList<String>();
        var given = new ArrayList<String>();
        for (int i = 0; i < arguments.size(); i++) {
            var argument = arguments.get(i);
            if (argument.startsWith("--") && argument.length() > 2) {
                options.add(argument);
                if (!argument.contains("=") && i + 1 < arguments.size()) {
                    options.add(arguments.get(++i));
                }
            } else {
                given.add(argument);
            }
        }
        if (given.size() != 1) {
            err.println("aistrale admin " + command + " takes one " + name + "; aistrale admin " + command
                    + " --help explains it.");
            return WRONG;
        }
        try {
            return work.on(SettingsReader.read(options, environment), given.getFirst());
        } catch (SettingsException wrong) {
            err.println("The settings cannot be used:\n" + wrong.getMessage());
            return WRONG;
        } catch (StartException cannot) {
            err.println(cannot.getMessage());
            return FAILED;
        } catch (IOException | SQLException cannot) {
            err.println("aistrale admin " + command + " failed: " + cannot.getMessage());
            return FAILED;
        }
    }

    private int backup(Settings settings, String file) throws IOException, SQLException {
        if (settings.databaseUrl().isPresent()) {
            err.println("This server keeps its data in "
                    + settings.databaseUrl().get() + "; that is backed up by PostgreSQL's own means, such as pg_dump.");
            return FAILED;
        }
        var source = source(settings);
        if (source == null) {
            return FAILED;
        }
        try {
            long inferences = SqliteBackup.copy(source, Path.of(file));
            out.println("Backed up " + source + " to " + file + " (" + inferences + " inferences).");
            out.println("To restore: put it as aistrale.db into an empty data directory, together with the master key"
                    + " that opens the stored tokens, and start the server on it. The key is not in the backup: keep "
                    + key(settings) + " in another safe place.");
            return DONE;
        } catch (FileAlreadyExistsException there) {
            err.println(file + " is there already and is not overwritten: name another file, or remove it.");
            return FAILED;
        }
    }

    private static String key(Settings settings) {
        var file = settings.dataDir().resolve("master.key");
        return settings.masterKeys().isEmpty() ? String.valueOf(file) : SettingKey.MASTER_KEY.variable();
    }

    private @org.jspecify.annotations.Nullable Path source(Settings settings) {
        var source = settings.dataDir().resolve("aistrale.db");
        if (!Files.exists(source)) {
            err.println("There is no database " + source + ". Name the data directory of the server (--data-dir).");
            return null;
        }
        return source;
    }

    private String line() throws IOException {
        var line = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
        return line == null ? "" : line.strip();
    }

    private int migrate(Settings settings, String url) throws StartException, IOException, SQLException {
        DatabaseUrl target;
        boolean given = !url.equals("-");
        try {
            target = DatabaseUrl.parse(given ? url : line());
        } catch (IllegalArgumentException wrong) {
            err.println("aistrale admin migrate-to: " + wrong.getMessage());
            return WRONG;
        }
        if (given && target.hasPassword()) {
            err.println(
                    "The password stands on the command line, where others see it in the list of processes; give the"
                            + " URL on standard input instead: aistrale admin migrate-to -");
        }
        var source = source(settings);
        if (source == null) {
            return FAILED;
        }
        try (var lockedForAll = DataDirectory.open(settings.dataDir())) {
            var moved = Move.run(lockedForAll.path().resolve("aistrale.db"), target);
            moved.forEach((table, rows) -> out.println("%10d  %s".formatted(rows, table)));
        }
        out.println("Moved " + source + " to " + target + ", and counted the rows of every table on both sides.");
        out.println("Start every node with AISTRALE_DATABASE_URL set to it, and with AISTRALE_MASTER_KEY set to "
                + (settings.masterKeys().isEmpty()
                        ? "the content of " + settings.dataDir().resolve("master.key")
                        : "the key that is set now")
                + ". The SQLite file is as it was: do not start a server on it again.");
        return DONE;
    }
}
