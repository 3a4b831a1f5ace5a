package com.aistrale.server.prompts;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Query;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** {@code /api/v1/prompts}: prompts, their versions and labels, renderings and differences. */
public final class PromptRoutes {
    private static final String PROMPTS = "/api/v1/prompts";
    private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,8}");
    private static final Pattern VERSION_OR_LABEL = Pattern.compile("[1-9][0-9]{0,8}|[a-z][a-z0-9._-]{0,39}");
    private static final List<String> RENDER_FIELDS = List.of("version", "label", "variables");

    private final Prompts prompts;
    private final VersionReader reader;
    private final Guard guard;

    public PromptRoutes(Prompts prompts, VersionReader reader, Guard guard) {
        this.prompts = prompts;
        this.reader = reader;
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.get(PROMPTS, guard.with(Role.VIEWER, this::list))
                .post(PROMPTS, guard.with(Role.MEMBER, this::create))
                .get(PROMPTS + "/{name}", guard.with(Role.VIEWER, this::get))
                .post(PROMPTS + "/{name}", guard.with(Role.MEMBER, this::describe))
                .delete(PROMPTS + "/{name}", guard.with(Role.MEMBER, this::delete))
                .get(PROMPTS + "/{name}/versions", guard.with(Role.VIEWER, this::versions))
                .post(PROMPTS + "/{name}/versions", guard.with(Role.MEMBER, this::addVersion))
                .get(PROMPTS + "/{name}/versions/{version}", guard.with(Role.VIEWER, this::version))
                .put(PROMPTS + "/{name}/labels/{label}", guard.with(Role.MEMBER, this::label))
                .delete(PROMPTS + "/{name}/labels/{label}", guard.with(Role.MEMBER, this::unlabel))
                .post(PROMPTS + "/{name}/render", guard.with(Role.VIEWER, this::render))
                .get(PROMPTS + "/{name}/diff", guard.with(Role.VIEWER, this::diff));
    }

    private void list(Caller caller, Exchange exchange) {
        var query = exchange.query(List.of("limit", "cursor", "q"));
        int limit = query.limit();
        var after = query.cursor(PromptNames.NAME);
        query.check();
        var page = prompts.list(caller.workspaceId(), after, query.text("q"), limit);
        var json = Json.object();
        var data = json.putArray("data");
        page.prompts().forEach(prompt -> data.add(PromptJson.of(prompt)));
        json.put("next_cursor", page.more() ? page.prompts().getLast().name() : null);
        exchange.send(200, json);
    }

    private void create(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        var reading = new Reading();
        var known = new ArrayList<>(List.of("name", "description"));
        known.addAll(VersionReader.FIELDS);
        reading.known(body, Pointer.ROOT, known);
        var name = reading.required(body, Pointer.ROOT, "name");
        if (body.path("name").isString() && !PromptNames.isName(name)) {
            reading.mistake(Pointer.ROOT.field("name"), PromptNames.NAME_RULE);
        }
        var description = VersionReader.description(body, reading);
        var draft = reader.read(body, reading);
        send(exchange, 201, prompts.create(caller, name, description, draft));
    }

    private void get(Caller caller, Exchange exchange) {
        send(exchange, 200, prompts.get(caller.workspaceId(), name(exchange)));
    }

    private void describe(Caller caller, Exchange exchange) {
        var ifMatch = exchange.ifMatch();
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, List.of("description"));
        if (!body.has("description")) {
            reading.mistake(Pointer.ROOT.field("description"), "is missing; null takes it away");
        }
        var description = VersionReader.description(body, reading);
        reading.check();
        send(exchange, 200, prompts.describe(caller, name(exchange), ifMatch, description));
    }

    private void delete(Caller caller, Exchange exchange) {
        prompts.delete(caller, name(exchange), exchange.ifMatch());
        exchange.sendNothing();
    }

    private void versions(Caller caller, Exchange exchange) {
        var query = exchange.query(List.of("limit", "cursor"));
        int limit = query.limit();
        var cursor = query.cursor(VERSION);
        query.check();
        int below = cursor == null ? Integer.MAX_VALUE : Integer.parseInt(cursor);
        var page = prompts.versions(caller.workspaceId(), name(exchange), below, limit);
        var json = Json.object();
        var data = json.putArray("data");
        page.versions().forEach(version -> data.add(PromptJson.of(page.prompt(), version)));
        json.put(
                "next_cursor",
                page.more() ? String.valueOf(page.versions().getLast().version()) : null);
        exchange.send(200, json);
    }

    private void addVersion(Caller caller, Exchange exchange) {
        var ifMatch = exchange.ifMatch();
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, VersionReader.FIELDS);
        var found = prompts.addVersion(caller, name(exchange), ifMatch, reader.read(body, reading));
        exchange.setRevision(found.prompt().revision()).send(201, PromptJson.of(found));
    }

    private void version(Caller caller, Exchange exchange) {
        var ref = VersionRef.of(exchange.pathParameter("version"));
        var found = prompts.version(caller.workspaceId(), name(exchange), ref);
        exchange.setRevision(found.prompt().revision()).send(200, PromptJson.of(found));
    }

    private void label(Caller caller, Exchange exchange) {
        var ifMatch = exchange.ifMatch();
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, List.of("version"));
        var version = VersionRefReader.number(body, Pointer.ROOT, reading);
        if (Reading.said(body, "version") == null) {
            reading.mistake(Pointer.ROOT.field("version"), "is missing");
        }
        reading.check();
        var label = exchange.pathParameter("label");
        send(exchange, 200, prompts.label(caller, name(exchange), ifMatch, label, version == null ? 0 : version));
    }

    private void unlabel(Caller caller, Exchange exchange) {
        prompts.unlabel(caller, name(exchange), exchange.ifMatch(), exchange.pathParameter("label"));
        exchange.sendNothing();
    }

    private void render(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, RENDER_FIELDS);
        var ref = VersionRefReader.read(body, Pointer.ROOT, reading);
        var variables = reading.object(body, Pointer.ROOT, "variables");
        reading.check();
        var compiled = prompts.compiled(caller.workspaceId(), name(exchange), ref);
        var rendered = compiled.render(variables, Pointer.ROOT.field("variables"), reading);
        reading.check();
        if (rendered != null) {
            exchange.send(200, PromptJson.of(rendered));
        }
    }

    private void diff(Caller caller, Exchange exchange) {
        var query = exchange.query(List.of("from", "to"));
        var from = side(query, "from");
        var to = side(query, "to");
        query.check();
        var before = prompts.version(caller.workspaceId(), name(exchange), from);
        var after = prompts.version(caller.workspaceId(), name(exchange), to);
        exchange.send(200, PromptDiff.json(before.version(), after.version()));
    }

    private static VersionRef side(Query query, String parameter) {
        var text = query.text(parameter);
        if (text == null) {
            query.mistake(parameter, "is missing: a version's number, or a label");
        } else if (!VERSION_OR_LABEL.matcher(text).matches()) {
            query.mistake(parameter, "`" + text + "` is neither a version's number nor a label");
        }
        return VersionRef.of(text == null ? "" : text);
    }

    private static void send(Exchange exchange, int status, Prompt prompt) {
        exchange.setRevision(prompt.revision()).send(status, PromptJson.of(prompt));
    }

    private static String name(Exchange exchange) {
        return exchange.pathParameter("name");
    }
}
