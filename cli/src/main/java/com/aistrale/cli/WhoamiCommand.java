package com.aistrale.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code aistrale whoami}: whose API key is in use. */
@Command(name = "whoami", header = "Show the workspace and the API key in use.")
final class WhoamiCommand implements Callable<Integer> {
    private final Session session;

    @Option(names = "--json", description = "Print the server's answer as JSON.")
    private boolean json;

    WhoamiCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var client = session.connected();
        var me = client.whoami();
        var out = session.io().out();
        if (json) {
            out.println(me.toJson());
            return Exit.OK;
        }
        out.println("server         " + client.apiUrl());
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
        return Exit.OK;
    }
}
