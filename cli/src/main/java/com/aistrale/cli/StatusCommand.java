package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.ApiConnectionException;
import com.aistrale.ProviderInfo;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code aistrale status}: whether a server answers, and which. */
@Command(
        name = "status",
        header = "Show whether the server answers, and what it is.",
        description = "Ends with 0 where it answers, and with 7 where it does not. Starts nothing.")
final class StatusCommand implements Callable<Integer> {
    private final Session session;

    StatusCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var io = session.io();
        var client = session.impatient();
        var data = DataDir.of(io.env());
        line("url", client.apiUrl());
        try {
            line("version", client.health().version());
        } catch (ApiConnectionException e) {
            line("answers", "no");
            var advice = Exit.of(e);
            io.note("aistrale: " + advice.what());
            io.note(advice.advice());
            return Exit.CONNECTION;
        }
        line("answers", client.isReady() ? "yes" : "yes, and is not ready yet");
        data.running()
                .filter(running -> running.url().equals(client.apiUrl()))
                .filter(running -> ServerProcess.of(running).isPresent())
                .ifPresent(running -> {
                    line("pid", Long.toString(running.pid()));
                    line("started", Times.local(running.startedAt()));
                    line("data folder", data.path().toString());
                });
        withKey(client);
        return Exit.OK;
    }

    private void withKey(Aistrale client) {
        try {
            var model = client.whoami().defaultModel();
            line("default model", model == null ? "-" : model);
            var configured = client.providers().stream()
                    .filter(provider -> provider.credential() != null)
                    .map(StatusCommand::described)
                    .collect(Collectors.joining(", "));
            line(
                    "providers",
                    configured.isEmpty() ? "none: add one with aistrale tokens add --provider openai" : configured);
        } catch (AistraleException e) {
            line("api key", "not accepted: " + Exit.of(e).what());
        }
    }

    private static String described(ProviderInfo provider) {
        return provider.name() + " (" + String.valueOf(provider.credential()).replace('_', ' ') + ")";
    }

    private void line(String name, String value) {
        session.io().out().println(String.format("%-14s %s", name, Io.line(value)));
    }
}
