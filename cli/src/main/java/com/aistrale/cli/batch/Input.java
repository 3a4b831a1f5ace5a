package com.aistrale.cli.batch;

import com.aistrale.cli.batch.BatchException.Why;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What to ask, and how it is written.
 *
 * @param file null for the stream
 * @param stream standard input
 */
public record Input(@Nullable Path file, InputStream stream, Format format) {
    /** How entries are written. */
    public enum Format {
        /** An object of JSON in each line. */
        JSONL,
        /** Cells with commas between them, names first. */
        CSV,
        /** Cells with tabs between them, names first. */
        TSV,
        /** A prompt in each line. */
        TEXT
    }

    /** By its name's end; null where that says nothing. */
    public static @Nullable Format byName(Path file) {
        var name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        var dot = name.lastIndexOf('.');
        return switch (name.substring(dot + 1)) {
            case "jsonl", "ndjson" -> Format.JSONL;
            case "csv" -> Format.CSV;
            case "tsv", "tab" -> Format.TSV;
            case "txt", "text" -> Format.TEXT;
            default -> null;
        };
    }

    String shown() {
        return file == null ? "standard input" : file.toString();
    }

    /** Whether it can be read more than once. */
    boolean isFile() {
        return file != null && Files.isRegularFile(file);
    }

    Source open() {
        InputStream in = null;
        try {
            in = file == null ? stream : Files.newInputStream(file);
            return switch (format) {
                case JSONL -> new JsonLines(in);
                case CSV -> new Csv(in, ',');
                case TSV -> new Csv(in, '\t');
                case TEXT -> new TextLines(in);
            };
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    BatchException unreadable(IOException cause) {
        return new BatchException(
                Why.USAGE,
                "Cannot read " + shown() + ": " + Results.reason(cause),
                "Name a file, or - for standard input.");
    }
}
