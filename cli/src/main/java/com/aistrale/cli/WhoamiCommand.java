package com.aistrale.cli;

import com.aistrale.Whoami;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code aistrale whoami}: whose API key is in use. */
@Command(name = "whoami", header = "Show the workspace and the API key in use.")
final class WhoamiCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Output output = new Output();

    WhoamiCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var client = session.connected();
        var me = client.whoami();
        return output.one(session.io(), records(client.apiUrl()), me, () -> show(client.apiUrl(), me));
    }

    private static Records<Whoami> records(String url) {
        return Records.of(Whoami::toJson)
                .text("SERVER", "server", me -> url)
                .text("WORKSPACE", "workspace_id", Whoami::workspaceId)
                .text("NAME", "workspace_name", Whoami::workspaceName)
                .text("API KEY", "api_key_id", Whoami::apiKeyId)
                .text("ROLE", "role", Whoami::role)
                .named("operator", Whoami::operator)
                .named("requests_per_minute", Whoami::requestsPerMinute)
                .named("tokens_per_minute", Whoami::tokensPerMinute)
                .named("default_model", Whoami::defaultModel);
    }

    private void show(String url, Whoami me) {
        var out = session.io().out();
        out.println("server         " + url);
        out.println("workspace      " + Io.line(me.workspaceName()) + " (" + Io.line(me.workspaceId()) + ")");
        out.println("api key        " + Io.line(me.apiKeyId()) + (me.operator() ? " (the server's operator)" : ""));
        if (me.role() != null) {
            out.println("role           " + Io.line(me.role()));
        }
        if (me.requestsPerMinute() != null) {
            out.println("limit          " + me.requestsPerMinute() + " requests a minute");
        }
        if (me.tokensPerMinute() != null) {
            out.println("limit          " + me.tokensPerMinute() + " tokens a minute");
        }
        out.println("default model  " + (me.defaultModel() == null ? "-" : Io.line(me.defaultModel())));
    }
}
