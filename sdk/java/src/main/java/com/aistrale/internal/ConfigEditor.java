package com.aistrale.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Changes single values of the config file: comments, order and blank lines stay as they are. The file comes into being with mode 0600
 * and is replaced as a whole, so that nobody ever reads half of it.
 */
public record ConfigEditor(Path file) {
    private static final Pattern AFTER_VALUE = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"(.*)|'[^']*'(.*)");

    /**
     * Sets one value; the file, its folder and the profile come into being as needed.
     *
     * @throws ClientSettings.Mistake when there is a mistake in the file: then it is not touched
     * @throws IOException when it cannot be read or written
     */
    public void set(String profile, String key, String value) throws IOException {
        ClientSettings.read(file);
        write(edited(read(), profile, key, TomlString.write(value)));
    }

    private static String edited(String before, String profile, String key, String value) {
        var lines = new ArrayList<>(List.of(before.split("\n", -1)));
        if (last(lines).isEmpty()) {
            lines.remove(lines.size() - 1);
        }
        var table = indexOf(lines, 0, "\uFEFF?[ \t]*\\[profiles\\." + Pattern.quote(profile) + "][ \t]*(#.*)?\r?");
        if (table < 0) {
            if (!lines.isEmpty() && !last(lines).isBlank()) {
                lines.add("");
            }
            lines.add("[profiles." + profile + "]");
            lines.add(key + " = " + value);
            return String.join("\n", lines) + "\n";
        }
        var next = indexOf(lines, table + 1, "[ \t]*\\[.*");
        var end = next < 0 ? lines.size() : next;
        var at = indexOf(lines.subList(0, end), table + 1, "[ \t]*" + key + "[ \t]*=.*");
        if (at >= 0) {
            lines.set(at, replaced(lines.get(at), value));
        } else {
            lines.add(afterLastContent(lines, table, end), key + " = " + value);
        }
        return String.join("\n", lines) + "\n";
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

    private void write(String text) throws IOException {
        var real = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        var folder = real.getParent();
        Files.createDirectories(folder);
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
