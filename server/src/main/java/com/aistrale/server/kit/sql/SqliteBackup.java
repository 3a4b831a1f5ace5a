package com.aistrale.server.kit.sql;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** Copies a database file as it is at one moment, while servers go on writing to it. */
public final class SqliteBackup {
    private SqliteBackup() {}

    /**
     * Makes {@code target}, readable by its owner only: whole, on the disk, looked through; or not at all.
     *
     * @return how many inferences it holds
     * @throws FileAlreadyExistsException when there is a file of that name
     */
    public static long copy(Path source, Path target) throws IOException, SQLException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        var folder = target.toAbsolutePath().getParent();
        var part = Files.createTempFile(
                folder == null ? target.toAbsolutePath() : folder,
                target.getFileName() + ".",
                ".part",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            vacuumInto(source, part);
            long inferences = check(part);
            try (var file = FileChannel.open(part, StandardOpenOption.WRITE)) {
                file.force(true);
            }
            Files.createLink(target, part); // unlike a move, it never replaces what came meanwhile
            return inferences;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void vacuumInto(Path source, Path target) throws SQLException {
        var properties = new Properties();
        properties.setProperty("open_mode", "2"); // for reading and writing, and not to be made
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + source, properties);
                var copy = connection.prepareStatement("VACUUM INTO ?")) {
            copy.setString(1, target.toString());
            copy.execute();
        }
    }

    private static long check(Path copy) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + copy);
                var statement = connection.createStatement()) {
            try (var row = statement.executeQuery("PRAGMA quick_check")) {
                if (!row.next() || !"ok".equals(row.getString(1))) {
                    throw new SQLException("the copy is damaged: " + row.getString(1));
                }
            }
            try (var row = statement.executeQuery("SELECT count(*) FROM inference")) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }
}
