package com.aistrale.server.kit.sql;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Debian's PostgreSQL with its data in a temporary folder, {@code fsync} on: one for all tests of a JVM, started when the
 * first asks for it and ended with it. A server of one's own, which may be stopped, is had by {@link #start}.
 */
public final class PostgresServer implements AutoCloseable {
    private static final Path SCRIPT = Path.of(System.getProperty("aistrale.repository"), "tools", "postgres");
    private static final String USER = "aistrale";
    private static final String PASSWORD = "in-the-tests";
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private static final class Shared {
        static final PostgresServer SERVER = forAll();

        private static PostgresServer forAll() {
            try {
                var server = start();
                Runtime.getRuntime().addShutdownHook(new Thread(server::close));
                server.makeTemplate();
                return server;
            } catch (IOException | SQLException | InterruptedException cannot) {
                throw new IllegalStateException("no PostgreSQL for the tests", cannot);
            }
        }
    }

    /** More than any test class uses; each takes 8 MB. */
    private static final int KEPT = 30;

    private final Path folder;
    private final int port;
    private final Deque<String> made = new ArrayDeque<>();
    private Process process;

    private PostgresServer(Path folder, int port) throws IOException {
        this.folder = folder;
        this.port = port;
        this.process = run();
    }

    /** The one for all tests. */
    public static PostgresServer shared() {
        return Shared.SERVER;
    }

    /** Another one, to be closed. */
    public static PostgresServer start() throws IOException, SQLException, InterruptedException {
        var folder = Files.createTempDirectory(
                Path.of("/tmp"), // the user postgres must reach it
                "aistrale-postgres-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        var server = new PostgresServer(folder, port);
        server.awaitReady();
        return server;
    }

    private Process run() throws IOException {
        return new ProcessBuilder(SCRIPT.toString(), folder.toString(), String.valueOf(port))
                .redirectErrorStream(true)
                .redirectOutput(
                        folder.resolveSibling(folder.getFileName() + ".log").toFile())
                .start();
    }

    private void awaitReady() throws SQLException, InterruptedException, IOException {
        long until = System.nanoTime() + START_NANOS;
        while (true) {
            try {
                connect("postgres").close();
                return;
            } catch (SQLException notYet) {
                if (!process.isAlive() || System.nanoTime() > until) {
                    throw new SQLException("PostgreSQL does not start: " + Files.readString(log()), notYet);
                }
                Thread.sleep(50);
            }
        }
    }

    private Path log() {
        return folder.resolveSibling(folder.getFileName() + ".log");
    }

    private void makeTemplate() throws SQLException {
        execute("postgres", "CREATE DATABASE migrated");
        Postgres.open(url("migrated")).close();
    }

    /** A database without a schema. */
    public DatabaseUrl empty() throws SQLException {
        return made("");
    }

    /** A database with the whole schema, and no rows. */
    public DatabaseUrl fresh() throws SQLException {
        return made(" TEMPLATE migrated");
    }

    private DatabaseUrl made(String like) throws SQLException {
        var name = "test_" + DATABASES.incrementAndGet();
        synchronized (this) { // a template is copied by one at a time
            execute("postgres", "CREATE DATABASE " + name + like);
            made.add(name);
            if (made.size() > KEPT) {
                execute("postgres", "DROP DATABASE " + made.remove() + " WITH (FORCE)");
            }
        }
        return url(name);
    }

    /** As text, with the password. */
    public String text(DatabaseUrl url) {
        return "postgresql://" + USER + ":" + PASSWORD + "@127.0.0.1:" + port + "/" + name(url);
    }

    private static String name(DatabaseUrl url) {
        return url.toString().substring(url.toString().lastIndexOf('/') + 1);
    }

    private DatabaseUrl url(String name) {
        return DatabaseUrl.parse("postgresql://" + USER + ":" + PASSWORD + "@127.0.0.1:" + port + "/" + name);
    }

    /** A connection of one's own: what it sees is committed. */
    public OtherConnection connect(DatabaseUrl url) throws SQLException {
        return new OtherConnection(connect(name(url)));
    }

    private Connection connect(String name) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + name, USER, PASSWORD);
    }

    private void execute(String name, String sql) throws SQLException {
        try (var connection = connect(name);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Stops at once, as a crash would. */
    public void crash() throws IOException, InterruptedException {
        var pid = Files.readString(folder.resolve("postmaster.pid"))
                .lines()
                .findFirst()
                .orElseThrow();
        new ProcessBuilder("kill", "-QUIT", pid).start().waitFor();
        process.waitFor();
    }

    /** Answers nothing from now on, though it is there; or goes on. */
    public void freeze(boolean frozen) throws IOException, InterruptedException {
        var pid = Files.readString(folder.resolve("postmaster.pid"))
                .lines()
                .findFirst()
                .orElseThrow();
        var all = new ArrayList<>(List.of("kill", frozen ? "-STOP" : "-CONT", pid));
        ProcessHandle.of(Long.parseLong(pid)).orElseThrow().descendants().forEach(each -> all.add("" + each.pid()));
        new ProcessBuilder(all).start().waitFor();
    }

    /** Comes back after {@link #crash}, with what was committed. */
    public void comeBack() throws IOException, SQLException, InterruptedException {
        process = run();
        awaitReady();
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
        } catch (IOException ended) {
            // it is gone already
        }
        try {
            process.waitFor(10, TimeUnit.SECONDS);
            new ProcessBuilder("rm", "-rf", folder.toString(), log().toString()).start(); // nobody waits for it
        } catch (IOException left) {
            System.err.println("left behind: " + folder + " (" + left + ")");
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
