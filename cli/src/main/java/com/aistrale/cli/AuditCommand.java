package com.aistrale.cli;

import com.aistrale.AuditEntry;
import com.aistrale.AuditEntry.Actor;
import com.aistrale.AuditQuery;
import com.aistrale.internal.Json;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code aistrale audit}: who changed what. */
@Command(name = "audit", header = "See who changed what: keys, tokens, workspaces, labels, deletions, exports.")
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
            @Option(names = "--json", description = "Print the server's list as JSON.") boolean json) {
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
        if (json) {
            found.printJson(session.io(), AuditEntry::toJson);
            return Exit.OK;
        }
        if (found.rows().isEmpty()) {
            session.io().note("No such change.");
        } else {
            var table = new Table(List.of("TIME", "WHO", "WITH", "ACTION", "WHAT", "DETAIL"));
            found.rows()
                    .forEach(entry -> table.row(
                            Times.local(entry.at()),
                            who(entry.actor()),
                            entry.client() == null ? "-" : entry.client(),
                            entry.action(),
                            entry.target().type() + " " + entry.target().id(),
                            entry.detail().isEmpty() ? "-" : Json.write(entry.detail())));
            table.print(session.io());
        }
        found.noteMore(session.io());
        return Exit.OK;
    }

    private static String who(Actor actor) {
        return actor.operator() ? "operator" : actor.apiKeyId() == null ? "-" : actor.apiKeyId();
    }
}
