package com.aistrale.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The formats, and a file to write to. */
final class Output extends Formats {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = {
                "Write to this file, whole or not at all, as --json or --jsonl says, else as its name ends: .json, .jsonl,"
                        + " .csv, else TSV."
            })
    private @Nullable Path file;

    @Override
    Format format(Io io) {
        var asked = asked();
        if (asked != null || file == null || isStandardOutput(file)) {
            return super.format(io);
        }
        var named = Format.ofName(file.toString());
        return named == null ? Format.TSV : named;
    }

    @Override
    <T> long write(Io io, Format format, Records<T> records, Iterable<T> rows) {
        if (file == null || isStandardOutput(file)) {
            return super.write(io, format, records, rows);
        }
        var written = WholeFile.write(file, out -> {
            var writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            var count = write(new Written(writer), format, records, rows);
            writer.flush();
            return count;
        });
        io.note("Wrote " + Io.line(file.toString()) + " (" + written + (written == 1 ? " record)." : " records)."));
        return written;
    }

    static boolean isStandardOutput(Path file) {
        return file.toString().equals("-");
    }

    /** A file. */
    private record Written(Writer to) implements Lines {
        @Override
        public void line(String line) throws IOException {
            to.write(line);
            to.write('\n');
        }

        @Override
        public boolean areWanted() {
            return true;
        }

        @Override
        public void table(Table table, @Nullable String total, boolean paged) {
            throw new IllegalStateException("no file has a table");
        }
    }
}
