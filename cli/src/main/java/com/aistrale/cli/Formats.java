package com.aistrale.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** In which format records are shown: the options of every command that shows some. */
class Formats {
    @Option(names = "--json", description = "Print what the server answered as JSON.")
    private boolean json;

    @Option(names = "--jsonl", description = "Print each record as JSON, on a line of its own, as it comes.")
    private boolean jsonl;

    @Option(names = "--no-pager", description = "Print a table that is longer than the terminal at once.")
    private boolean noPager;

    /** The one that was asked for; null without any. */
    final @Nullable Format asked() {
        if (json && jsonl) {
            throw new CliException("--json and --jsonl are two formats.", "Give one of them.", Exit.USAGE);
        }
        return json ? Format.JSON : jsonl ? Format.JSONL : null;
    }

    Format format(Io io) {
        var asked = asked();
        return asked == null ? Format.usual(io) : asked;
    }

    /**
     * A list.
     *
     * @param none what is said, beside it, where it is empty
     */
    final <T> void list(Io io, Records<T> records, Iterable<T> rows, String none) {
        var format = format(io);
        var written = write(io, format, records, rows);
        if (written == 0 && (format == Format.TABLE || format == Format.TSV)) {
            io.note(none);
        }
        if (rows instanceof Listing<?> listing) {
            listing.noteMore(io);
        }
    }

    /**
     * A single record.
     *
     * @param shown prints it for people
     */
    final <T> int one(Io io, Records<T> records, T record, Runnable shown) {
        var format = format(io);
        if (format == Format.TABLE) {
            shown.run();
            io.out().flush();
        } else {
            write(io, format == Format.JSON ? Format.JSONL : format, records, List.of(record));
        }
        return Exit.OK;
    }

    /** A single record that is its own table. */
    final <T> int one(Io io, Records<T> records, T record) {
        return one(io, records, record, () -> records.table(List.of(record)).print(io));
    }

    /** How many were written. */
    <T> long write(Io io, Format format, Records<T> records, Iterable<T> rows) {
        try {
            return write(new Lines.Printed(io), format, records, rows);
        } catch (IOException e) {
            throw new IllegalStateException("a PrintStream keeps its failures", e);
        }
    }

    final <T> long write(Lines lines, Format format, Records<T> records, Iterable<T> rows) throws IOException {
        return switch (format) {
            case TABLE -> table(lines, records, all(rows));
            case JSON -> {
                var all = all(rows); // what breaks off leaves no half an object
                lines.line("{\"data\":["
                        + String.join(",", all.stream().map(records::json).toList()) + "]}");
                yield all.size();
            }
            case TSV, CSV, JSONL -> asTheyCome(lines, format, records, rows);
        };
    }

    private <T> long table(Lines lines, Records<T> records, List<T> rows) throws IOException {
        if (rows.isEmpty()) {
            return 0;
        }
        lines.table(records.table(rows), records.totalOf(rows), !noPager);
        return rows.size();
    }

    private static <T> long asTheyCome(Lines lines, Format format, Records<T> records, Iterable<T> rows)
            throws IOException {
        var found = rows.iterator();
        var more = found.hasNext(); // first: where the server refuses, nothing is printed
        var head = format.head(records.names());
        if (head != null) {
            lines.line(head);
        }
        var written = 0L;
        while (more) {
            lines.line(format.line(records, found.next()));
            written++;
            more = lines.areWanted() && found.hasNext();
        }
        return written;
    }

    private static <T> List<T> all(Iterable<T> rows) {
        var all = new ArrayList<T>();
        rows.forEach(all::add);
        return all;
    }

    /** Where lines go. */
    interface Lines {
        void line(String line) throws IOException;

        /** False where nobody reads on. */
        boolean areWanted();

        /** @param paged whether it may be shown page by page */
        void table(Table table, @Nullable String total, boolean paged) throws IOException;

        /** Standard output. */
        record Printed(Io io) implements Lines {
            @Override
            public void line(String line) {
                PrintStream out = io.out();
                out.print((io.outIsTerminal() ? Io.safe(line) : line) + "\n");
                out.flush();
            }

            @Override
            public boolean areWanted() {
                return !io.out().checkError();
            }

            @Override
            public void table(Table table, @Nullable String total, boolean paged) {
                var lines = new ArrayList<>(table.lines(io.outIsTerminal(), io.env()));
                if (total != null) {
                    lines.add(total);
                }
                if (!paged || !new Pager(io).show(lines)) {
                    lines.forEach(io.out()::println);
                    io.out().flush();
                }
            }
        }
    }
}
