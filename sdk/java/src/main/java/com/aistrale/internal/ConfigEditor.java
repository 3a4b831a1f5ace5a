package com.aistrale.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Changes single values of the config file: comments, order and blank lines stay as they are. The file comes into being with mode 0600
 * and is replaced as a whole, so that nobody ever reads half of it.
 */
public record ConfigEditor(Path file) {
    private static final Pattern AFTER_VALUE =
            Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"(.*)|'[^']*'(.*)", Pattern.DOTALL);

    /** A change of the file's text. */
    private interface Edit {
        String of(String before) throws IOException;
    }

    /**
     * Sets one value; the file, its folder and the profile come into being as needed.
     *
     * @throws ClientSettings.Mistake when there is a mistake in the file: then it is not touched
     * @throws IOException when it cannot be read or written
     */
    public void set(String profile, String key, String value) throws IOException {
        setAll(profile, Map.of(key, value));
    }

    /** Sets several values of one profile, all or none. */
    public void setAll(String profile, Map<String, String> values) throws IOException {
        change(before -> {
            var text = before;
            for (var each : new TreeMap<>(values).descendingMap().entrySet()) { // api_url stands above api_key
                text = edited(text, profile, each.getKey(), TomlString.write(each.getValue()));
            }
            return text;
        });
    }

    /** Takes one value away; false where it was not there. */
    public boolean unset(String profile, String key) throws IOException {
        if (!ClientSettings.read(file)
                .profiles()
                .getOrDefault(profile, Map.of())
                .containsKey(key)) {
            return false;
        }
        change(before -> {
            var lines = new ArrayList<>(List.of(before.split("\n", -1)));
            var table = indexOf(lines, 0, table(profile));
            var at = table < 0 ? -1 : indexOf(lines.subList(0, end(lines, table)), table + 1, line(key));
            if (at >= 0) { // else somebody else was faster
                lines.remove(at);
            }
            return String.join("\n", lines);
        });
        return true;
    }

    /** Makes a profile that is there the one in use: {@code default_profile}. */
    public void use(String profile) throws IOException {
        change(before -> {
            var lines = new ArrayList<>(List.of(before.split("\n", -1)));
            var first = indexOf(lines, 0, "(?s)\uFEFF?[ \t]*\\[.*");
            var top = first < 0 ? lines : lines.subList(0, first);
            var at = indexOf(top, 0, "\uFEFF?" + line(ConfigFile.DEFAULT_PROFILE));
            var value = TomlString.write(profile);
            if (at >= 0) {
                lines.set(at, replaced(lines.get(at), value));
            } else {
                var start = before.startsWith("\uFEFF") ? "\uFEFF" : "";
                lines.set(0, lines.get(0).substring(start.length()));
                lines.add(0, start + ConfigFile.DEFAULT_PROFILE + " = " + value);
                if (!lines.get(1).isBlank()) {
                    lines.add(1, "");
                }
            }
            return String.join("\n", lines);
        });
    }

    /** One at a time, of all programs that change it in this way: what another one wrote meanwhile is in it. */
    private void change(Edit edit) throws IOException {
        var real = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        if (Files.exists(real) && !Files.isRegularFile(real)) {
            throw new IOException("it is no file");
        }
        Files.createDirectories(real.getParent());
        synchronized (ConfigEditor.class) { // the lock below is the whole process's
            try (var channel = FileChannel.open(lock(real), StandardOpenOption.WRITE)) {
                var lock = locked(channel);
                try {
                    ClientSettings.read(file);
                    write(real, edit.of(read()));
                } finally {
                    if (lock != null) {
                        lock.release();
                    }
                }
            }
        }
    }

    /** Null on a file system without locks: there the last one wins, and no file is ever half a one. */
    private static @Nullable FileLock locked(FileChannel channel) {
        try {
            return channel.lock();
        } catch (IOException e) {
            return null;
        }
    }

    /** A file of its own: the config file is replaced, and a lock on it would be one on what was there before. */
    private static Path lock(Path real) throws IOException {
        var lock = real.resolveSibling("." + real.getFileName() + ".lock");
        try {
            Files.createFile(lock, privateFile());
        } catch (FileAlreadyExistsException e) {
            // by whoever was here before
        }
        return lock;
    }

    private static String edited(String before, String profile, String key, String value) {
        var lines = new ArrayList<>(List.of(before.split("\n", -1)));
        if (last(lines).isEmpty()) {
            lines.remove(lines.size() - 1);
        }
        var table = indexOf(lines, 0, table(profile));
        if (table < 0) {
            if (!lines.isEmpty() && !last(lines).isBlank()) {
                lines.add("");
            }
            lines.add("[profiles." + profile + "]");
            lines.add(key + " = " + value);
            return String.join("\n", lines) + "\n";
        }
        var end = end(lines, table);
        var at = indexOf(lines.subList(0, end), table + 1, line(key));
        if (at >= 0) {
            lines.set(at, replaced(lines.get(at), value));
        } else {
            lines.add(afterLastContent(lines, table, end), key + " = " + value);
        }
        return String.join("\n", lines) + "\n";
    }

    /** Matches the line that a profile begins with. */
    private static String table(String profile) {
        return "\uFEFF?[ \t]*\\[profiles\\." + Pattern.quote(profile) + "][ \t]*(#.*)?\r?";
    }

    /** Matches the line that sets a key. */
    private static String line(String key) {
        return "(?s)[ \t]*" + key + "[ \t]*=.*";
    }

    private static int end(List<String> lines, int table) {
        var next = indexOf(lines, table + 1, "(?s)[ \t]*\\[.*");
        return next < 0 ? lines.size() : next;
    }

    private static String last(List<String> lines) {
        return lines.get(lines.size() - 1);
    }

    /** The line with another value: what stands before and behind it stays. */
    private static String replaced(String line, String value) {
        var start = line.indexOf('=') + 1;
        while (line.charAt(start) == ' ' || line.charAt(start) == '\t') {
            start++;
        }
        var after = AFTER_VALUE.matcher(line.substring(start));
        var rest = after.matches() ? (after.group(1) == null ? after.group(2) : after.group(1)) : "";
        return line.substring(0, start) + value + rest;
    }

    /** Behind the table's last line; a comment right above the next table, after a blank line, is that one's. */
    private static int afterLastContent(List<String> lines, int table, int end) {
        var comment = end;
        while (comment > table + 1 && lines.get(comment - 1).strip().startsWith("#")) {
            comment--;
        }
        var isTheNextOnes = end < lines.size() && lines.get(comment - 1).isBlank();
        var at = isTheNextOnes ? comment : end;
        while (at > table + 1 && lines.get(at - 1).isBlank()) {
            at--;
        }
        return at;
    }

    private static int indexOf(List<String> lines, int from, String pattern) {
        for (var i = from; i < lines.size(); i++) {
            if (lines.get(i).matches(pattern)) {
                return i;
            }
        }
        return -1;
    }

    private String read() throws IOException {
        return Files.exists(file) ? Files.readString(file) : "";
    }

    private static void write(Path real, String text) throws IOException {
        var folder = real.getParent();
        var fresh = Files.createTempFile(folder, ".config", ".toml", privateFile());
        try {
            try (var channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                var bytes = UTF_8.encode(text);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(fresh, real, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static FileAttribute<?>[] privateFile() {
        var posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
