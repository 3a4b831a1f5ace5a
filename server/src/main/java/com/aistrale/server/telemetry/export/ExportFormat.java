package com.aistrale.server.telemetry.export;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.telemetry.Content;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.RecordJson;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How an export is written. */
enum ExportFormat {
    /** A record a line, as it is read one by one: with its content, where that is kept. */
    JSONL("application/x-ndjson") {
        @Override
        String head() {
            return "";
        }

        @Override
        String line(InferenceRecord record, @Nullable Content content) {
            var json = RecordJson.of(record);
            json.set("content", content == null ? null : content.json());
            return Json.text(json) + "\n";
        }
    },
    /** RFC 4180: a header and a row a record. */
    CSV("text/csv; charset=utf-8; header=present") {
        @Override
        String head() {
            return CsvRow.HEADER;
        }

        @Override
        String line(InferenceRecord record, @Nullable Content content) {
            return CsvRow.of(record);
        }
    };

    private final String contentType;

    ExportFormat(String contentType) {
        this.contentType = contentType;
    }

    String contentType() {
        return contentType;
    }

    /** Whether its lines have content. */
    boolean hasContent() {
        return this == JSONL;
    }

    /** In {@code format=}, and the file's extension. */
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    abstract String head();

    abstract String line(InferenceRecord record, @Nullable Content content);
}
