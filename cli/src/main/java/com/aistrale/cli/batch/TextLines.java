package com.aistrale.cli.batch;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every line is a prompt; empty ones are passed over. */
final class TextLines implements Source {
    static final String FIELD = "text";
    private final InputStream in;
    private final Lines lines;

    TextLines(InputStream in) {
        this.in = in;
        this.lines = new Lines(in);
    }

    @Override
    public @Nullable Entry next() throws IOException {
        for (var line = lines.next(); line != null; line = lines.next()) {
            if (line.problem() != null) {
                return new Entry.Malformed(line.number(), line.column(), line.problem());
            }
            if (!line.text().isBlank()) {
                return new Entry.Fields(line.number(), Map.of(FIELD, line.text()), Map.of(), true);
            }
        }
        return null;
    }

    @Override
    public List<String> columns() {
        return List.of(FIELD);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
