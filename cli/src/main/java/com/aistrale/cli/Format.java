package com.aistrale.cli;

import com.aistrale.internal.Nearest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How records are written. */
enum Format {
    /** For people. */
    TABLE,
    /** A line of column names, then a line for each record, with tabs between its values. */
    TSV,
    /** The same as RFC 4180 has it. */
    CSV,
    /** The server's answer. */
    JSON,
    /** The server's records, one on each line. */
    JSONL;

    /** What AISTRALE_OUTPUT may say. */
    private static final List<Format> USUAL = List.of(TABLE, TSV, JSON, JSONL);

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** By AISTRALE_OUTPUT, else tables for people and TSV for programs. */
    static Format usual(Io io) {
        var said = io.env().getOrDefault("AISTRALE_OUTPUT", "");
        if (said.isEmpty()) {
            return io.outIsTerminal() ? TABLE : TSV;
        }
        return USUAL.stream()
                .filter(format -> format.word().equals(said))
                .findAny()
                .orElseThrow(() -> unknown(said));
    }

    private static CliException unknown(String said) {
        var words = USUAL.stream().map(Format::word).toList();
        return new CliException(
                "AISTRALE_OUTPUT is " + Io.line(said) + ", and is no format.",
                Nearest.to(said, words)
                        .map(right -> "Did you mean " + right + "?")
                        .orElse("Set it to " + String.join(", ", words) + ", or unset it."),
                Exit.USAGE);
    }

    /** By a file's name; null where that says nothing. */
    static @Nullable Format ofName(String file) {
        var lower = file.toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(format -> format != TABLE && lower.endsWith("." + format.word()))
                .findAny()
                .orElse(null);
    }

    /** The names of the columns; null where the format has none. */
    @Nullable
    String head(List<String> names) {
        return switch (this) {
            case TSV, CSV -> line(names);
            case TABLE, JSON, JSONL -> null;
        };
    }

    /** A record on a line of its own. */
    <T> String line(Records<T> records, T row) {
        return switch (this) {
            case TSV, CSV -> line(records.values(row));
            case TABLE, JSON, JSONL -> records.json(row);
        };
    }

    private String line(List<String> cells) {
        return this == CSV
                ? cells.stream().map(Format::quoted).collect(Collectors.joining(",")) + "\r"
                : cells.stream().map(Format::escaped).collect(Collectors.joining("\t"));
    }

    private static String escaped(String cell) {
        var text = new ArrayList<String>();
        cell.codePoints()
                .forEach(c -> text.add(
                        switch (c) {
                            case '\\' -> "\\\\";
                            case '\t' -> "\\t";
                            case '\n' -> "\\n";
                            case '\r' -> "\\r";
                            default -> Character.toString(c);
                        }));
        return String.join("", text);
    }

    private static String quoted(String cell) {
        return cell.matches("(?s).*[\",\r\n].*") ? "\"" + cell.replace("\"", "\"\"") + "\"" : cell;
    }
}
