package com.aistrale.cli.batch;

import com.aistrale.cli.batch.BatchException.Why;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A table with a line of names first, by RFC 4180: a cell in quotes may have the separator, line ends, and quotes written twice.
 *
 * <p>What does not fit is malformed, and the table goes on at the line after the one where that record began: a quote that nobody closes
 * takes one line with it and not the rest. In a table of one column nothing tells a line from the middle of a cell from a prompt, so there
 * it goes on behind the place where the mistake showed.
 */
final class Csv implements Source {
    /** What a cell in quotes may have at most, so that one that is never closed does not take all of the file into memory. */
    private static final int LONGEST = 4 * 1024 * 1024;

    private final InputStream in;
    private final Lines lines;
    private final char separator;
    private final List<String> names;

    /** One cell. */
    private record Cell(String text, int column) {}

    /** A record cannot be read; here. */
    private static final class Broken extends Exception {
        private static final long serialVersionUID = 1;
        private final long line;
        private final int column;

        Broken(long line, int column, String message) {
            super(message);
            this.line = line;
            this.column = column;
        }
    }

    Csv(InputStream in, char separator) throws IOException {
        this.in = in;
        this.lines = new Lines(in);
        this.separator = separator;
        this.names = names();
    }

    private List<String> names() throws IOException {
        try {
            var taken = new ArrayList<Lines.Line>();
            var cells = record(taken);
            if (cells == null) {
                throw new BatchException(Why.USAGE, "The input is empty.", "Its first line must name the columns.");
            }
            var read = new ArrayList<String>();
            for (var cell : cells) {
                var name = cell.text().strip();
                if (name.isEmpty() || read.contains(name)) {
                    throw new Broken(
                            1,
                            cell.column(),
                            name.isEmpty() ? "a column has no name" : "two columns are named `" + name + "`");
                }
                read.add(name);
            }
            return List.copyOf(read);
        } catch (Broken e) {
            throw new BatchException(
                    Why.USAGE,
                    "The line that names the columns cannot be read (line " + e.line + ", column " + e.column + "): "
                            + e.getMessage() + ".",
                    "Correct it: without it no other line means anything.");
        }
    }

    @Override
    public List<String> columns() {
        return names;
    }

    @Override
    public @Nullable Entry next() throws IOException {
        var taken = new ArrayList<Lines.Line>();
        try {
            var cells = record(taken);
            if (cells == null) {
                return null;
            }
            var first = taken.getFirst().number();
            if (cells.size() != names.size()) {
                throw new Broken(
                        first,
                        cells.size() > names.size()
                                ? cells.get(names.size()).column()
                                : taken.getLast().text().length() + 1,
                        "there are " + names.size() + " columns, and this record has " + cells.size() + " cells");
            }
            var fields = new LinkedHashMap<String, @Nullable Object>();
            var columns = new HashMap<String, Integer>();
            for (var i = 0; i < names.size(); i++) {
                fields.put(names.get(i), cells.get(i).text());
                columns.put(names.get(i), cells.get(i).column());
            }
            return new Entry.Fields(first, fields, Map.copyOf(columns), true);
        } catch (Broken e) {
            var first = taken.getFirst().number();
            if (names.size() > 1 && taken.size() > 1) {
                lines.putBack(taken.subList(1, taken.size()));
            }
            var where = e.line == first ? "" : " (at line " + e.line + ", column " + e.column + ")";
            return new Entry.Malformed(first, e.line == first ? e.column : 1, e.getMessage() + where);
        }
    }

    /**
     * The next record's cells, or null at the end. Empty lines are passed over.
     *
     * @param taken gets the lines that were read for it
     */
    private @Nullable List<Cell> record(List<Lines.Line> taken) throws IOException, Broken {
        var line = take(taken);
        while (line != null && line.problem() == null && line.text().isEmpty()) {
            taken.clear();
            line = take(taken);
        }
        if (line == null) {
            return null;
        }
        var cells = new ArrayList<Cell>();
        var at = 0;
        while (true) {
            var text = whole(line).text();
            if (at < text.length() && text.charAt(at) == '"') {
                var column = at + 1;
                var opened = line;
                var cell = new StringBuilder();
                at++;
                while (true) {
                    var quote = text.indexOf('"', at);
                    if (quote < 0) {
                        cell.append(text, at, text.length()).append(line.end());
                        line = cell.length() > LONGEST ? null : take(taken);
                        if (line == null) {
                            throw new Broken(opened.number(), column, "a quote opens here that is never closed");
                        }
                        text = whole(line).text();
                        at = 0;
                    } else if (quote + 1 < text.length() && text.charAt(quote + 1) == '"') {
                        cell.append(text, at, quote + 1);
                        at = quote + 2;
                    } else {
                        cell.append(text, at, quote);
                        at = quote + 1;
                        break;
                    }
                }
                if (at < text.length() && text.charAt(at) != separator) {
                    throw line.number() == opened.number()
                            ? new Broken(
                                    line.number(),
                                    at + 1,
                                    "something follows the quote that closes a cell (a quote within a cell is written"
                                            + " twice)")
                            : new Broken(
                                    opened.number(),
                                    column,
                                    "a quote opens here, and something follows the one that closes it, in line "
                                            + line.number() + ", column " + (at + 1));
                }
                cells.add(new Cell(cell.toString(), column));
            } else {
                var end = text.indexOf(separator, at);
                var cell = text.substring(at, end < 0 ? text.length() : end);
                var quote = cell.indexOf('"');
                if (quote >= 0) {
                    throw new Broken(
                            line.number(),
                            at + quote + 1,
                            "a quote stands within a cell that does not begin with one (put the cell in quotes, and write"
                                    + " this one twice)");
                }
                cells.add(new Cell(cell, at + 1));
                at += cell.length();
            }
            if (at >= text.length()) {
                return cells;
            }
            at++;
        }
    }

    private Lines.@Nullable Line take(List<Lines.Line> taken) throws IOException {
        var line = lines.next();
        if (line != null) {
            taken.add(line);
        }
        return line;
    }

    private static Lines.Line whole(Lines.Line line) throws Broken {
        if (line.problem() != null) {
            throw new Broken(line.number(), line.column(), line.problem());
        }
        return line;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
