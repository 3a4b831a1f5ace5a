package com.aistrale.server.prompts.dotprompt;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Query;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.prompts.PromptJson;
import com.aistrale.server.prompts.PromptNames;
import com.aistrale.server.prompts.Prompts;
import com.aistrale.server.prompts.VersionReader;
import com.aistrale.server.prompts.VersionRef;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code /api/v1/prompts/{name}/dotprompt}: a version as a Dotprompt file. */
public final class DotpromptRoutes {
    private static final String PATH = "/api/v1/prompts/{name}/dotprompt";
    private static final List<String> MEDIA_TYPES = List.of("text/plain", "application/x-dotprompt");

    private final Prompts prompts;
    private final DotpromptReader reader;
    private final Guard guard;

    public DotpromptRoutes(Prompts prompts, VersionReader versions, Guard guard) {
        this.prompts = prompts;
        this.reader = new DotpromptReader(versions);
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.get(PATH, guard.with(Role.VIEWER, this::get)).put(PATH, guard.with(Role.MEMBER, this::put));
    }

    private void get(Caller caller, Exchange exchange) {
        var query = exchange.query(List.of("version", "label"));
        var ref = ref(query);
        query.check();
        var found = prompts.version(caller.workspaceId(), exchange.pathParameter("name"), ref);
        var file = DotpromptWriter.write(found.version(), found.prompt().description());
        exchange.setRevision(found.prompt().revision())
                .send(200, "text/plain; charset=utf-8", file.getBytes(StandardCharsets.UTF_8));
    }

    private static VersionRef ref(Query query) {
        var version = query.text("version");
        var label = query.text("label");
        if (version != null && label != null) {
            query.mistake("label", "`version` and `label` say the same thing in two ways: give one");
        }
        if (version != null) {
            if (VersionRef.of(version) instanceof VersionRef.Numbered number && number.version() > 0) {
                return number;
            }
            query.mistake("version", "`" + version + "` is no version's number");
        }
        return label == null ? new VersionRef.Usual() : new VersionRef.Labelled(label);
    }

    private void put(Caller caller, Exchange exchange) {
        var ifMatch = exchange.ifMatch();
        var name = exchange.pathParameter("name");
        if (!PromptNames.isName(name)) {
            throw Problem.invalid("", "the prompt's name " + PromptNames.NAME_RULE)
                    .exception();
        }
        var file = reader.read(name, exchange.textBody(MEDIA_TYPES));
        var put = prompts.put(caller, name, ifMatch, file.description(), file.draft());
        exchange.setRevision(put.found().prompt().revision())
                .send(put.created() ? 201 : 200, PromptJson.of(put.found()));
    }
}
