package com.aistrale.cli.batch;

import com.aistrale.internal.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Every line is an object in JSON; empty ones are passed over. */
final class JsonLines implements Source {
    private static final Pattern PLACE = Pattern.compile("\\s*at line \\d+ column (\\d+)( path \\S+)?");
    private final InputStream in;
    private final Lines lines;

    JsonLines(InputStream in) {
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
                return entry(line);
            }
        }
        return null;
    }

    private static Entry entry(Lines.Line line) {
        try {
            return new Entry.Fields(line.number(), Json.parseObject(line.text()), Map.of(), false);
        } catch (Json.MalformedJson e) {
            // what the parser says names the place in the line, and a page of its own documentation behind it
            var said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            var place = PLACE.matcher(said);
            var column = place.find() ? Integer.parseInt(place.group(1)) : 1;
            var behind = said.contains("End of input") ? 0 : 1; // it has taken the character that is wrong
            return new Entry.Malformed(
                    line.number(), Math.max(1, column - behind), place.reset().replaceAll(""));
        }
    }

    @Override
    public @Nullable List<String> columns() {
        return null;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
