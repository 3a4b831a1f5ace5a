package com.aistrale.server.telemetry.export;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.ClientConnection;
import com.aistrale.server.kit.http.ClientGone;
import com.aistrale.server.kit.http.Drain;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Query;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.telemetry.Content;
import com.aistrale.server.telemetry.FilterReader;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.telemetry.TelemetryFilter;
import com.aistrale.server.telemetry.TelemetryQuery;
import io.helidon.http.HeaderNames;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * {@code GET /api/v1/telemetry/export}: every record that passes, newest first, page by page, so that a million need no
 * more memory than two hundred. When it breaks off, the connection closes without the last chunk: the client sees that
 * it has a part.
 */
public final class ExportRoutes {
    private static final List<String> PARAMETERS = FilterReader.with("format");
    private static final List<String> FORMATS =
            Arrays.stream(ExportFormat.values()).map(ExportFormat::wireName).toList();
    private static final int BUFFER = 1 << 16;

    /** Contents are read together: each may have a million characters. */
    private static final int WITH_CONTENT = 10;

    private final Telemetry telemetry;
    private final Database database;
    private final Audit audit;
    private final Guard guard;
    private final FilterReader filters;
    private final InstantSource clock;
    private final Ticker ticker;
    private final Drain drain;

    public ExportRoutes(
            Telemetry telemetry,
            Database database,
            Audit audit,
            Guard guard,
            InstantSource clock,
            Ticker ticker,
            Drain drain) {
        this.telemetry = telemetry;
        this.database = database;
        this.audit = audit;
        this.guard = guard;
        this.filters = new FilterReader(clock);
        this.clock = clock;
        this.ticker = ticker;
        this.drain = drain;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/telemetry/export", guard.with(Role.ADMIN, this::export));
    }

    private void export(Caller caller, Exchange exchange) {
        var query = exchange.query(PARAMETERS, FilterReader::isMetadata);
        var filter = filters.past(query);
        var format = format(query);
        query.check();
        note(caller, exchange, format);
        var first = telemetry.list(caller.workspaceId(), new TelemetryQuery(filter, null, Query.MOST));
        exchange.setHeader(
                HeaderNames.CONTENT_DISPOSITION,
                "attachment; filename=\"telemetry-" + LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC) + "."
                        + format.wireName() + "\"");
        var client = new Taking(ClientConnection.current()::abort, drain::isOver, System::nanoTime);
        ticker.add(client);
        try {
            var out = new BufferedOutputStream(exchange.stream(format.contentType()), BUFFER);
            client.writing(() -> out.write(format.head().getBytes(StandardCharsets.UTF_8)));
            var sink = new Sink(client, out, format, () -> lookAgain(exchange));
            write(caller.workspaceId(), filter, first, sink);
            client.writing(out::close); // not in a finally: that would be the honest end of half an export
        } catch (IOException | UncheckedIOException gone) {
            throw new ClientGone(gone);
        } finally {
            ticker.remove(client);
        }
    }

    /** Where the lines go. @param goOn throws when no more may */
    private record Sink(Taking client, OutputStream out, ExportFormat format, Runnable goOn) {}

    /** Between two pages: a key that was revoked gets nothing more, and nobody when the server has to end. */
    private void lookAgain(Exchange exchange) {
        guard.lookAgain(exchange, Role.ADMIN);
        if (drain.isOver()) {
            throw Problem.of(ProblemCode.OVERLOADED, "The server stopped in the midst of this export. Export again.")
                    .exception();
        }
    }

    private void write(String workspaceId, TelemetryFilter filter, Telemetry.Page first, Sink sink) throws IOException {
        var page = first;
        while (true) {
            write(workspaceId, page.records(), sink);
            if (!page.more()) {
                return;
            }
            sink.goOn().run();
            page = telemetry.list(
                    workspaceId,
                    new TelemetryQuery(filter, page.records().getLast().id(), Query.MOST));
        }
    }

    private void write(String workspaceId, List<InferenceRecord> records, Sink sink) throws IOException {
        for (int i = 0; i < records.size(); i += WITH_CONTENT) {
            var some = records.subList(i, Math.min(records.size(), i + WITH_CONTENT));
            var contents = sink.format().hasContent()
                    ? telemetry.contents(
                            workspaceId, some.stream().map(InferenceRecord::id).toList())
                    : Map.<String, Content>of();
            for (var record : some) {
                var line = sink.format().line(record, contents.get(record.id())).getBytes(StandardCharsets.UTF_8);
                sink.client().writing(() -> sink.out().write(line));
            }
        }
    }

    private static ExportFormat format(Query query) {
        var text = query.text("format");
        if (text == null) {
            return ExportFormat.JSONL;
        }
        for (var format : ExportFormat.values()) {
            if (format.wireName().equals(text)) {
                return format;
            }
        }
        query.mistake(
                "format", "`" + text + "` is none of " + String.join(", ", FORMATS) + Nearest.hint(text, FORMATS));
        return ExportFormat.JSONL;
    }

    /** Which parameters there were, and not their values: one of them may be a user's id. */
    private void note(Caller caller, Exchange exchange, ExportFormat format) {
        var detail = Json.object().put("format", format.wireName());
        var named = detail.putArray("filters");
        for (var name : exchange.queryNames()) {
            if (!name.equals("format")) {
                named.add(name);
            }
        }
        database.write(tx -> {
            audit.append(tx, caller, "telemetry.exported", "workspace", caller.workspaceId(), detail);
            return true;
        });
    }
}
