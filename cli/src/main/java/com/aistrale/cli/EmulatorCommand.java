package com.aistrale.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code aistrale emulator}: the provider emulator. The launcher starts it by itself; this is its help, and the long way round. */
@Command(
        name = "emulator",
        header = "Run the provider emulator: false OpenAI, Anthropic, Gemini, Groq and Hugging Face for tests.",
        description = "It answers from a script and costs nothing.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale emulator --port 16100",
            "  AISTRALE_PROVIDERS_OPENAI_BASE_URL=http://127.0.0.1:16100/openai/v1 aistrale serve"
        })
final class EmulatorCommand implements Callable<Integer> {
    private final Session session;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "On which port: 16100 unless told otherwise, 0 for a free one.")
    private @Nullable String port;

    @Option(names = "--host", paramLabel = "ADDRESS", description = "Where to listen. 127.0.0.1 unless told otherwise.")
    private @Nullable String host;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "A credential that is good; then all others are refused.")
    private List<String> keys = List.of();

    @Option(names = "--model", paramLabel = "NAME", description = "A model that every provider serves besides its own.")
    private List<String> models = List.of();

    @Option(
            names = "--conformance-server",
            paramLabel = "URL",
            description =
                    "A running server that plays the contract's scenarios, as far as it can, instead of their scripts.")
    private @Nullable String conformanceServer;

    @Option(names = "--conformance-key", paramLabel = "KEY", description = "An API key of that server.")
    private @Nullable String conformanceKey;

    EmulatorCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var arguments = new ArrayList<String>();
        Launched.add(arguments, "--port", port);
        Launched.add(arguments, "--host", host);
        keys.forEach(key -> Launched.add(arguments, "--key", key));
        models.forEach(model -> Launched.add(arguments, "--model", model));
        Launched.add(arguments, "--conformance-server", conformanceServer);
        Launched.add(arguments, "--conformance-key", conformanceKey);
        return Launched.run(session, "emulator", arguments);
    }
}
