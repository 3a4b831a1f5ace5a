package com.aistrale.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code webhooks listen} is told: which events, and what is to be done with each. */
final class ListenOptions {
    @Option(
            names = "--events",
            split = ",",
            paramLabel = "TYPE",
            description =
                    "Only these, such as inference.failed: see aistrale webhooks types. All unless told otherwise.")
    private @Nullable List<String> events;

    @Option(
            names = "--forward-to",
            paramLabel = "URL",
            description = "Post each event there, signed, such as to http://localhost:3000/hook.")
    private @Nullable String forwardTo;

    @Option(
            names = "--exec",
            paramLabel = "COMMAND",
            description =
                    "Run this in a shell for each event, which is on its standard input; AISTRALE_EVENT_ID and AISTRALE_EVENT_TYPE say which it is.")
    private @Nullable String exec;

    @Option(
            names = "--secret",
            paramLabel = "SECRET",
            description =
                    "Sign with this one, whsec_… (others see it in the process list; AISTRALE_WEBHOOK_SECRET is not seen). A new one each time unless told otherwise.")
    private @Nullable String secret;

    @Option(
            names = "--since",
            paramLabel = "POSITION",
            description =
                    "Begin behind the event there: what a listener says when it ends. From now on unless told otherwise.")
    private @Nullable String since;

    List<String> events() {
        return events == null ? List.of() : events;
    }

    @Nullable
    String forwardTo() {
        return forwardTo;
    }

    @Nullable
    String exec() {
        if (exec != null && exec.isBlank()) {
            throw new CliException("--exec has no command.", "Write it like --exec 'jq .data'.", Exit.USAGE);
        }
        return exec;
    }

    @Nullable
    String secret() {
        if (secret != null && forwardTo == null) {
            throw new CliException(
                    "--secret signs what is forwarded, and nothing is.", "Say where to: --forward-to URL", Exit.USAGE);
        }
        return secret;
    }

    @Nullable
    String since() {
        return since;
    }
}
