package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.Aistrale;
import com.aistrale.Alias;
import com.aistrale.ApiKey;
import com.aistrale.ApiStatusException;
import com.aistrale.AuditEntry;
import com.aistrale.Budget;
import com.aistrale.NotFoundException;
import com.aistrale.Prompt;
import com.aistrale.PromptRef;
import com.aistrale.PromptVersion;
import com.aistrale.ProviderInfo;
import com.aistrale.ProviderToken;
import com.aistrale.TelemetryQuery;
import com.aistrale.Webhook;
import com.aistrale.Whoami;
import com.aistrale.Workspace;
import com.aistrale.internal.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Everything that a workspace has, file by file; nothing of it is held in memory as a whole. */
final class WorkspaceExport {
    private static final int FORMAT = 1;
    private static final String README = """
            # An export of AISTRALE

            All text is UTF-8. `.jsonl` files have one JSON object on each line; times are RFC 3339 in UTC, money is in US dollars
            and exact to 1e-9 (read it as a decimal), and what is not known is null.

            | file | holds |
            |---|---|
            | manifest.json | what was exported, when and from where; each file with its records, bytes and SHA-256. Where it is, all is here |
            | workspace.json | the workspace and its settings |
            | prompts.jsonl | each prompt with all its versions |
            | prompts/NAME/VERSION.prompt | the same versions as Dotprompt files, where Dotprompt can say them (manifest: notes) |
            | inferences.jsonl | every inference; `content` is what was asked and answered, where the workspace kept it |
            | spans.jsonl | the steps of programs around their inferences |
            | api-keys.jsonl, tokens.jsonl, providers.jsonl | what there is, without the secrets: no server gives those out |
            | budgets.jsonl | the budgets, with what was spent in their present periods |
            | aliases.jsonl | names for models, with their fallbacks |
            | webhooks.jsonl | who is told of what: the URLs and event types, without the secrets and the values of headers |
            | audit-log.jsonl | who changed what |

            Read it with anything: `jq -s 'map(.cost_usd // 0) | add' inferences.jsonl`.
            """;
    private final TelemetryQuery everything =
            TelemetryQuery.builder().pageSize(200).build();
    private final Aistrale client;
    private final ExportFolder folder;
    private final Io io;
    private final List<String> notes = new ArrayList<>();

    WorkspaceExport(Aistrale client, ExportFolder folder, Io io) {
        this.client = client;
        this.folder = folder;
        this.io = io;
    }

    /** All of it, or a failure that is thrown: then there is no manifest. */
    List<ExportFolder.Written> write(String version, Instant now) {
        var me = client.whoami();
        var workspace = client.workspaces().get(me.workspaceId());
        folder.begin();
        text("README.md", README);
        text("workspace.json", workspace.toJson() + "\n");
        list("api-keys.jsonl", client.apiKeys().list(), ApiKey::toJson);
        list("tokens.jsonl", client.tokens().list(), ProviderToken::toJson);
        list("providers.jsonl", client.providers(), ProviderInfo::toJson);
        list("budgets.jsonl", client.budgets().list(), Budget::toJson);
        list("aliases.jsonl", client.aliases().list(), Alias::toJson);
        list("webhooks.jsonl", client.webhooks().list(), Webhook::toJson);
        list("audit-log.jsonl", client.auditLog(), AuditEntry::toJson);
        prompts();
        spans();
        inferences();
        folder.end(manifest(version, now, me, workspace));
        return folder.written();
    }

    private void prompts() {
        io.note("Prompts…");
        folder.add("prompts.jsonl", out -> {
            var count = 0L;
            for (var prompt : client.prompts().list()) {
                var versions = client.prompts().versions(prompt.name()).toList();
                line(out, withVersions(prompt, versions));
                versions.forEach(this::dotprompt);
                count++;
            }
            return count;
        });
    }

    private static String withVersions(Prompt prompt, List<PromptVersion> versions) {
        var all = versions.stream().map(PromptVersion::toJson).collect(Collectors.joining(","));
        return "{\"prompt\":" + prompt.toJson() + ",\"versions\":[" + all + "]}";
    }

    private void dotprompt(PromptVersion version) {
        var name = version.name() + " version " + version.version();
        String text;
        try {
            text = client.prompts().exportDotprompt(PromptRef.of(version.name()).version(version.version()));
        } catch (ApiStatusException e) {
            if (e.status() >= 500 || e.status() == 401 || e.status() == 403 || e.status() == 429) {
                throw e;
            }
            notes.add(name + " has no Dotprompt file: " + e.getMessage());
            return;
        }
        var path = "prompts/" + version.name() + "/" + version.version() + ".prompt";
        if (!folder.add(path, out -> {
            out.write(text.getBytes(UTF_8));
            return 1;
        })) {
            notes.add(name + " has no Dotprompt file: this file system takes its name for another prompt's");
        }
    }

    private void spans() {
        io.note("Spans…");
        folder.add("spans.jsonl", out -> {
            var count = 0L;
            for (var trace : client.telemetry().traces(everything)) {
                count += spans(trace.traceId(), out);
            }
            return count;
        });
    }

    private long spans(String traceId, OutputStream out) throws IOException {
        var written = 0L;
        try {
            var page = client.telemetry().trace(traceId);
            var all = page.trace().spanCount();
            while (true) {
                for (var span : page.spans()) {
                    line(out, span.toJson());
                    written++;
                }
                var next = page.nextCursor();
                if (next == null) {
                    break;
                }
                page = client.telemetry().trace(traceId, next);
            }
            // Fewer are no failure where some were deleted meanwhile.
            if (written < all
                    && written < client.telemetry().trace(traceId).trace().spanCount()) {
                throw new CliException(
                        "The server gave " + written + " of the " + all + " spans of the trace " + traceId + ".",
                        "It may be older than this aistrale: update it, and export again.",
                        Exit.FAILED);
            }
        } catch (NotFoundException gone) {
            notes.add("the trace " + traceId + " was deleted while this was exported; spans.jsonl has " + written
                    + " spans of it");
        }
        return written;
    }

    private void inferences() {
        io.note("Inferences…");
        folder.add("inferences.jsonl", out -> {
            var count = 0L;
            try (var export = client.telemetry().export(everything, "jsonl")) {
                for (var line : export) {
                    line(out, line);
                    count++;
                }
            }
            return count;
        });
    }

    private String manifest(String version, Instant now, Whoami me, Workspace workspace) {
        var manifest = new LinkedHashMap<String, @Nullable Object>();
        manifest.put("format", FORMAT);
        manifest.put("complete", true);
        manifest.put("exported_at", now.toString());
        manifest.put(
                "server",
                Map.of("url", client.apiUrl(), "version", client.health().version()));
        manifest.put("client", "cli/" + version);
        manifest.put("api_key_id", me.apiKeyId());
        manifest.put("workspace", Map.of("id", workspace.id(), "name", workspace.name()));
        manifest.put(
                "files",
                folder.written().stream().map(WorkspaceExport::described).toList());
        manifest.put("notes", notes);
        return Json.write(manifest);
    }

    private static Map<String, Object> described(ExportFolder.Written file) {
        var described = new LinkedHashMap<String, Object>();
        described.put("path", file.path());
        described.put("records", file.records());
        described.put("bytes", file.bytes());
        described.put("sha256", file.sha256());
        return described;
    }

    private void text(String path, String text) {
        folder.add(path, out -> {
            out.write(text.getBytes(UTF_8));
            return 1;
        });
    }

    private <T> void list(String path, Iterable<T> list, Function<T, String> json) {
        folder.add(path, out -> {
            var count = 0L;
            for (var element : list) {
                line(out, json.apply(element));
                count++;
            }
            return count;
        });
    }

    private static void line(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(UTF_8));
        out.write('\n');
    }
}
