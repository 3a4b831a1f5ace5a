package com.aistrale.cli;

import com.aistrale.AuditEntry;
import com.aistrale.AuditEntry.Actor;
import com.aistrale.AuditQuery;
import com.aistrale.internal.Json;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code aistrale audit}: who changed what. */
@Command(
        name = "audit",
        addMethodSubcommands = false,
        header = "See who changed what: keys, tokens, workspaces, labels, deletions, exports.")
final class AuditCommand implements Callable<Integer> {
    private final Session session;

    AuditCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException("Which: list?", "Try: aistrale audit list", Exit.USAGE);
    }

    @Command(name = "list", header = "List the newest changes. Only an admin's key may.")
    int list(
            @Option(names = "--action", paramLabel = "ACTION", description = "Such as api_key.created.") @Nullable
                    String action,
            @Option(names = "--target-type", paramLabel = "TYPE", description = "Such as api_key or prompt.") @Nullable
                    String targetType,
            @Option(names = "--since", paramLabel = "TIME", description = "Such as 2026-11-01 or 2026-11-01T12:00:00Z.")
                    @Nullable
                    String since,
            @Option(names = "--until", paramLabel = "TIME", description = "The first moment that is too late.")
                    @Nullable
                    String until,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "50",
                            description = "How many, at most. 50 unless told otherwise.")
                    int limit,
            @Mixin Output output) {
        var query = AuditQuery.builder();
        if (action != null) {
            query.action(action);
        }
        if (targetType != null) {
            query.targetType(targetType);
        }
        if (since != null) {
            query.since(Times.parse("--since", since));
        }
        if (until != null) {
            query.until(Times.parse("--until", until));
        }
        var found = Listing.of(session.connected().auditLog(query.build()), limit);
        output.list(session.io(), records(), found, "No such change.");
        return Exit.OK;
    }

    private static Records<AuditEntry> records() {
        return Records.of(AuditEntry::toJson)
                .text("TIME", "at", AuditEntry::at)
                .text("WHO", entry -> who(entry.actor()), "actor", entry -> who(entry.actor()))
                .text("WITH", "client", AuditEntry::client)
                .text("ACTION", "action", AuditEntry::action)
                .shown(
                        "WHAT",
                        entry -> entry.target().type() + " " + entry.target().id())
                .named("target_type", entry -> entry.target().type())
                .named("target_id", entry -> entry.target().id())
                .text(
                        "DETAIL",
                        entry -> entry.detail().isEmpty() ? "-" : Json.write(entry.detail()),
                        "detail",
                        AuditEntry::detail);
    }

    private static String who(Actor actor) {
        return actor.operator() ? "operator" : actor.apiKeyId() == null ? "-" : actor.apiKeyId();
    }
}
