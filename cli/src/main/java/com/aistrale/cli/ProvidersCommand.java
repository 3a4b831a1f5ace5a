package com.aistrale.cli;

import com.aistrale.ProviderHealth;
import com.aistrale.ProviderInfo;
import com.aistrale.ProviderInfo.TokenCount;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale providers}: who runs the models, and how they have been answering. */
@Command(
        name = "providers",
        addMethodSubcommands = false,
        header = "See who runs models, and how they have been answering.",
        description = "What is shown is this workspace's view, of the last minute, by the node that answers.",
        footerHeading = "%nExamples:%n",
        footer = {"  aistrale providers list", "  aistrale providers get openai"})
final class ProvidersCommand implements Callable<Integer> {
    private final Session session;

    ProvidersCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException("Which: list or get?", "Try: aistrale providers list", Exit.USAGE);
    }

    @Command(
            name = "list",
            header = "List the providers that have a credential.",
            description =
                    "HEALTH: ok, degraded (some calls fail), down (no call is let through), unknown (there were none).")
    int list(
            @Option(names = "--all", description = "Also those without a credential.") boolean all,
            @Mixin Output output) {
        var providers = session.connected().providers().stream()
                .filter(provider -> all || output.asked() == Format.JSON || provider.credential() != null)
                .toList();
        output.list(
                session.io(),
                records(),
                providers,
                "No provider has a credential. Add one: aistrale tokens add --provider openai (all: --all)");
        return Exit.OK;
    }

    private static Records<ProviderInfo> records() {
        return Records.of(ProviderInfo::toJson)
                .text("PROVIDER", "name", ProviderInfo::name)
                .text("CREDENTIAL", ProvidersCommand::credential, "credential", ProviderInfo::credential)
                .shown("TOKENS", ProvidersCommand::tokens)
                .named("tokens_active", of(ProviderInfo::tokens, TokenCount::active))
                .named("tokens_set_aside", of(ProviderInfo::tokens, TokenCount::setAside))
                .text("HEALTH", "health", of(ProviderInfo::health, ProviderHealth::status))
                .number("CALLS", "calls", of(ProviderInfo::health, ProviderHealth::calls))
                .number(
                        "FAILED",
                        provider -> failed(provider.health()),
                        "failure_rate",
                        of(ProviderInfo::health, ProviderHealth::failureRate))
                .text(
                        "OPEN CIRCUITS",
                        provider -> circuits(provider.health()),
                        "open_circuits",
                        of(
                                ProviderInfo::health,
                                health -> health.circuits().stream()
                                        .map(ProviderHealth.Circuit::model)
                                        .toList()))
                .named("base_url", ProviderInfo::baseUrl)
                .named("default_model", ProviderInfo::defaultModel);
    }

    /** A part of something that may not be there. */
    private static <P> Function<ProviderInfo, @Nullable Object> of(
            Function<ProviderInfo, @Nullable P> whole, Function<P, @Nullable Object> part) {
        return provider -> {
            var there = whole.apply(provider);
            return there == null ? null : part.apply(there);
        };
    }

    @Command(name = "get", header = "Show one provider: its health, its last failure, its circuits.")
    int get(@Parameters(paramLabel = "NAME", description = "Such as openai.") String name, @Mixin Output output) {
        var provider = session.connected().provider(name);
        return output.one(session.io(), records(), provider, () -> show(provider));
    }

    private void show(ProviderInfo provider) {
        line("provider", provider.title() == null ? provider.name() : provider.name() + " (" + provider.title() + ")");
        line("url", provider.baseUrl() == null ? "-" : provider.baseUrl());
        line("credential", credential(provider));
        line("tokens", tokens(provider));
        line("default model", provider.defaultModel() == null ? "-" : provider.defaultModel());
        line("health", health(provider));
        var health = provider.health();
        if (health == null) {
            return;
        }
        line(
                "calls",
                health.calls() + " in " + Duration.ofMillis(health.windowMs()).toSeconds() + " s"
                        + (health.failureRate() == null ? "" : ", failed: " + failed(health)));
        var failure = health.lastFailure();
        if (failure != null) {
            line("last failure", Times.local(failure.at()) + " " + failure.code() + ": " + failure.message());
        }
        health.circuits()
                .forEach(circuit -> line(
                        "circuit",
                        circuit.model() + " " + circuit.state().replace('_', '-') + " since "
                                + Times.local(circuit.openedAt()) + ", tried next at " + Times.local(circuit.retryAt())
                                + ": " + circuit.reason()));
        session.io().out().flush();
    }

    private void line(String name, String value) {
        session.io().out().println(String.format("%-14s %s", name, Io.line(value)));
    }

    private static String credential(ProviderInfo provider) {
        return provider.credential() == null ? "-" : provider.credential().replace('_', ' ');
    }

    private static String tokens(ProviderInfo provider) {
        var tokens = provider.tokens();
        if (tokens == null || tokens.active() + tokens.setAside() == 0) {
            return "-";
        }
        return tokens.active() + (tokens.setAside() == 0 ? "" : ", " + tokens.setAside() + " set aside");
    }

    private static String health(ProviderInfo provider) {
        return provider.health() == null ? "-" : provider.health().status();
    }

    private static String failed(@Nullable ProviderHealth health) {
        if (health == null || health.failureRate() == null) {
            return "-";
        }
        return health.failureRate()
                        .multiply(BigDecimal.valueOf(100))
                        .setScale(0, RoundingMode.HALF_UP)
                        .toPlainString()
                + " %";
    }

    private static String circuits(@Nullable ProviderHealth health) {
        return health == null || health.circuits().isEmpty()
                ? "-"
                : health.circuits().stream().map(circuit -> circuit.model()).collect(Collectors.joining(", "));
    }
}
