package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.ApiConnectionException;
import com.aistrale.ProviderInfo;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code aistrale status}: whether a server answers, and which. */
@Command(
        name = "status",
        header = "Show whether the server answers, and what it is.",
        description = {
            "Ends with 0 where it answers, and with 7 where it does not. Starts nothing. What to do about what is",
            "not well: aistrale doctor"
        })
final class StatusCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Output output = new Output();

    /**
     * What was found.
     *
     * @param ready null where nothing answers
     * @param local the process, where it is one of this machine's and its data folder is known
     * @param providers those with a credential; null where the key is not accepted
     * @param refused why it is not
     */
    private record Found(
            String url,
            @Nullable String version,
            @Nullable Boolean ready,
            DataDir.@Nullable Running local,
            @Nullable String dataFolder,
            @Nullable String defaultModel,
            @Nullable List<ProviderInfo> providers,
            @Nullable String refused) {

        @Nullable
        Long pid() {
            return local == null ? null : local.pid();
        }

        @Nullable
        Instant startedAt() {
            return local == null ? null : local.startedAt();
        }

        String answers() {
            return ready == null ? "no" : ready ? "yes" : "yes, and is not ready yet";
        }

        @Nullable
        List<String> providerNames() {
            return providers == null
                    ? null
                    : providers.stream().map(ProviderInfo::name).toList();
        }
    }

    StatusCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var io = session.io();
        var client = session.impatient();
        String version;
        try {
            version = client.health().version();
        } catch (ApiConnectionException e) {
            show(new Found(client.apiUrl(), null, null, null, null, null, null, null));
            var advice = Exit.of(e);
            io.note("aistrale: " + advice.what());
            io.note(advice.advice());
            return Exit.CONNECTION;
        }
        show(found(client, version));
        return Exit.OK;
    }

    private Found found(Aistrale client, String version) {
        var data = DataDir.of(session.io().env());
        var local = data.running()
                .filter(running -> running.url().equals(client.apiUrl()))
                .filter(running -> ServerProcess.of(running).isPresent())
                .orElse(null);
        var ready = client.isReady();
        var folder = local == null ? null : data.path().toString();
        try {
            var model = client.whoami().defaultModel();
            var configured = client.providers().stream()
                    .filter(provider -> provider.credential() != null)
                    .toList();
            return new Found(client.apiUrl(), version, ready, local, folder, model, configured, null);
        } catch (AistraleException e) {
            return new Found(
                    client.apiUrl(),
                    version,
                    ready,
                    local,
                    folder,
                    null,
                    null,
                    Exit.of(e).what());
        }
    }

    private void show(Found found) {
        var records = Records.<Found>own()
                .named("url", Found::url)
                .named("version", Found::version)
                .named("answers", it -> it.ready() != null)
                .named("ready", Found::ready)
                .named("pid", Found::pid)
                .named("started_at", Found::startedAt)
                .named("data_folder", Found::dataFolder)
                .named("default_model", Found::defaultModel)
                .named("providers", Found::providerNames);
        output.one(session.io(), records, found, () -> print(found));
    }

    private void print(Found found) {
        line("url", found.url());
        line("version", found.version());
        line("answers", found.answers());
        line("pid", found.pid());
        line("started", found.startedAt() == null ? null : Times.local(found.startedAt()));
        line("data folder", found.dataFolder());
        if (found.ready() == null) {
            return;
        }
        if (found.refused() != null) {
            line("api key", "not accepted: " + found.refused());
            return;
        }
        line("default model", found.defaultModel() == null ? "-" : found.defaultModel());
        var providers = found.providers() == null
                ? ""
                : found.providers().stream().map(StatusCommand::described).collect(Collectors.joining(", "));
        line("providers", providers.isEmpty() ? "none: add one with aistrale tokens add --provider openai" : providers);
    }

    private static String described(ProviderInfo provider) {
        return provider.name() + " (" + String.valueOf(provider.credential()).replace('_', ' ') + ")";
    }

    private void line(String name, @Nullable Object value) {
        if (value != null) {
            session.io().out().println(String.format("%-14s %s", name, Io.line(value.toString())));
        }
    }
}
