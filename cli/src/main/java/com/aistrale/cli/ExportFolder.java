package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The folder of an export while it is written. What is there already is never overwritten. */
final class ExportFolder {
    private static final String INCOMPLETE = "INCOMPLETE";
    private final Path folder;
    private final List<Written> written = new ArrayList<>();

    ExportFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * A file that is whole.
     *
     * @param path below the folder, with slashes
     * @param records what it has: lines, or elements of a list
     */
    record Written(String path, long records, long bytes, String sha256) {}

    /** Writes a file's content, and says how many records that were. */
    interface Content {
        long write(OutputStream out) throws IOException;
    }

    /** A folder that comes into being is its owner's alone: what was asked and answered is in it. */
    void begin() {
        try {
            if (!Files.exists(folder)) {
                Files.createDirectories(folder.toAbsolutePath().getParent());
                Files.createDirectory(folder, ownersAlone());
            }
        } catch (IOException e) {
            throw WholeFile.cannot(folder, e);
        }
        put(INCOMPLETE, "This export has not finished. Where manifest.json is instead of this file, it has.\n");
    }

    /** Returns false where a file with this name is there: file systems may take two prompts' names for one. */
    boolean add(String path, Content content) {
        var file = folder.resolve(path);
        try {
            Files.createDirectories(file.getParent());
            var digest = MessageDigest.getInstance("SHA-256");
            long records;
            try (var bare = Files.newOutputStream(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
                    var out = new BufferedOutputStream(new DigestOutputStream(bare, digest), 64 * 1024)) {
                records = content.write(out);
            }
            written.add(
                    new Written(path, records, Files.size(file), HexFormat.of().formatHex(digest.digest())));
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException e) {
            throw WholeFile.cannot(file, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    List<Written> written() {
        return List.copyOf(written);
    }

    /** The last file: from then on the export is whole. */
    void end(String manifest) {
        put("manifest.json", manifest + "\n");
        try {
            Files.delete(folder.resolve(INCOMPLETE));
        } catch (IOException e) {
            throw WholeFile.cannot(folder, e);
        }
    }

    private static FileAttribute<?>[] ownersAlone() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    private void put(String name, String text) {
        try {
            Files.writeString(
                    folder.resolve(name), text, UTF_8, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        } catch (IOException e) {
            throw WholeFile.cannot(folder.resolve(name), e);
        }
    }
}
