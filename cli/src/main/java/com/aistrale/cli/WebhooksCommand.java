package com.aistrale.cli;

import com.aistrale.EventType;
import com.aistrale.NewWebhook;
import com.aistrale.Webhook;
import com.aistrale.WebhookDelivery;
import com.aistrale.WebhookSettings;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale webhooks}: what happens, told to other programs. */
@Command(
        name = "webhooks",
        addMethodSubcommands = false,
        header = "Tell other programs what happens, and watch it yourself.",
        description = {
            "A webhook posts each event of its types to a URL, signed, and again until it is taken. On a",
            "developer's machine, or in a pipeline, listen does that without a URL for the server to reach."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale webhooks listen --forward-to http://localhost:3000/hook",
            "  aistrale webhooks listen --events inference.failed --exec 'jq .data.error'",
            "  aistrale webhooks trigger inference.completed",
            "  aistrale webhooks create https://hooks.example.com/ai --events cost.threshold_exceeded >secret.txt",
            "  aistrale webhooks test wh_01k9…",
            "  aistrale webhooks deliveries wh_01k9… --status failed --last 24h",
            "  aistrale webhooks recover wh_01k9… --since 2h"
        })
final class WebhooksCommand implements Callable<Integer> {
    private static final String ID = "Its id, wh_…: see aistrale webhooks list.";
    private static final String DELIVERY = "Its id, dlv_…: see aistrale webhooks deliveries.";
    private static final String TYPES =
            "Which types of events, such as inference.failed, or '*' for all, later ones too: see aistrale webhooks types.";
    private static final String SECRET =
            "Sign with a secret of your own, whsec_…; - reads it from standard input, or asks for it. The server makes one unless told otherwise.";
    private final Session session;

    WebhooksCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException(
                "Which: list, get, create, update, delete, test, rotate-secret, deliveries, show, retry, recover, types,"
                        + " trigger or listen?",
                "Its commands: aistrale webhooks --help",
                Exit.USAGE);
    }

    @Command(name = "list", header = "List the webhooks.")
    int list(@Mixin Output output) {
        output.list(
                session.io(),
                WebhookTables.records(),
                session.connected().webhooks().list(),
                "There is no webhook. Make one: aistrale webhooks create https://hooks.example.com/ai --events"
                        + " inference.failed\nOn this machine it takes none: aistrale webhooks listen");
        return Exit.OK;
    }

    @Command(name = "get", header = "Show one webhook.")
    int get(@Parameters(paramLabel = "ID", description = ID) String id, @Mixin Output output) {
        return show(session.connected().webhooks().get(id), output);
    }

    @Command(
            name = "create",
            header = "Make a webhook. Its secret is shown once, on standard output.",
            description = "What it is goes to standard error, so that standard output has the secret alone.")
    int create(
            @Parameters(paramLabel = "URL", description = "Where to: https, and reachable for the server.") String url,
            @Option(names = "--events", required = true, split = ",", paramLabel = "TYPE", description = TYPES)
                    List<String> events,
            @Mixin WebhookOptions options,
            @Option(names = "--secret", paramLabel = "SECRET", description = SECRET) @Nullable String secret,
            @Option(names = "--disabled", description = "Send nothing until it is enabled.") boolean disabled,
            @Option(names = "--json", description = "Print what was made, with its secret, as JSON.") boolean json) {
        var settings = options.added(WebhookSettings.none().url(url).events(events.toArray(String[]::new)));
        settings = disabled ? settings.enabled(false) : settings;
        var own = secret == null ? null : ownSecret(secret);
        var made = session.connected().webhooks().create(own == null ? settings : settings.secret(own));
        return withSecret(made, own != null, json, "Made " + described(made.webhook()));
    }

    @Command(name = "update", header = "Change a webhook. What is not named stays.")
    int update(
            @Parameters(paramLabel = "ID", description = ID) String id,
            @Option(names = "--url", paramLabel = "URL", description = "Where to.") @Nullable String url,
            @Option(names = "--events", split = ",", paramLabel = "TYPE", description = TYPES) @Nullable
                    List<String> events,
            @Mixin WebhookOptions options,
            @Option(names = "--no-name", description = "It has no name any more.") boolean noName,
            @Option(names = "--no-headers", description = "Send no headers of its own any more. --header replaces all.")
                    boolean noHeaders,
            @Option(names = "--no-filter", description = "Send all events of its types. --filter replaces all labels.")
                    boolean noFilter,
            @Option(names = "--enable", description = "Send again, from now on.") boolean enable,
            @Option(names = "--disable", description = "Send nothing any more; what is on its way ends as failed.")
                    boolean disable,
            @Mixin Output output) {
        contradict(enable && disable, "--enable and --disable");
        contradict(noName && options.hasName(), "--name and --no-name");
        contradict(noHeaders && options.hasHeaders(), "--header and --no-headers");
        contradict(noFilter && options.hasFilter(), "--filter and --no-filter");
        var none = noName || noHeaders || noFilter;
        if (url == null && events == null && options.isEmpty() && !none && !enable && !disable) {
            throw new CliException(
                    "There is nothing to change.", "Its options: aistrale webhooks update --help", Exit.USAGE);
        }
        var settings =
                url == null ? WebhookSettings.none() : WebhookSettings.none().url(url);
        settings = events == null ? settings : settings.events(events.toArray(String[]::new));
        settings = options.added(settings);
        settings = noName ? settings.noName() : settings;
        settings = noHeaders ? settings.headers(Map.of()) : settings;
        settings = noFilter ? settings.noFilter() : settings;
        settings = enable || disable ? settings.enabled(enable) : settings;
        return show(session.connected().webhooks().update(id, settings), output);
    }

    @Command(name = "delete", header = "Delete a webhook: what is on its way to it ends as failed.")
    int delete(
            @Parameters(paramLabel = "ID", description = ID) String id,
            @Option(
                            names = {"-y", "--yes"},
                            description = "Do not ask.")
                    boolean yes) {
        new Confirmation(session.io())
                .of("This deletes " + Io.line(id) + " and its secret; what is on its way to it is given up.", yes);
        session.connected().webhooks().delete(id);
        session.io().out().println("Deleted " + Io.line(id));
        return Exit.OK;
    }

    @Command(
            name = "rotate-secret",
            header = "Give a webhook another secret. It is shown once, on standard output.",
            description = "The one before signs beside it for 24 hours, so that a receiver may change to it meanwhile.")
    int rotateSecret(
            @Parameters(paramLabel = "ID", description = ID) String id,
            @Option(names = "--secret", paramLabel = "SECRET", description = SECRET) @Nullable String secret,
            @Option(names = "--json", description = "Print the webhook, with its secret, as JSON.") boolean json) {
        var own = secret == null ? null : ownSecret(secret);
        var webhooks = session.connected().webhooks();
        var made = own == null ? webhooks.rotateSecret(id) : webhooks.rotateSecret(id, own);
        var until = made.webhook().previousSecretExpiresAt();
        return withSecret(
                made,
                own != null,
                json,
                "Another secret signs for " + described(made.webhook())
                        + (until == null ? "" : ", and the one before too until " + Times.local(until)));
    }

    @Command(
            name = "test",
            header = "Send a sample event to a webhook, once, and say what the receiver answered.",
            description = "It ends with 0 only where it was delivered. The event is marked with \"test\": true.")
    int test(
            @Parameters(paramLabel = "ID", description = ID) String id,
            @Option(
                            names = "--event",
                            paramLabel = "TYPE",
                            description = "A sample of this type. webhook.test unless told otherwise.")
                    @Nullable
                    String type,
            @Option(names = "--json", description = "Print the delivery as JSON.") boolean json) {
        var webhooks = session.connected().webhooks();
        return tested(type == null ? webhooks.test(id) : webhooks.test(id, type), json);
    }

    @Command(
            name = "deliveries",
            header = "List what was sent to a webhook, the newest first.",
            description = "What ended longer than 30 days ago is gone.")
    int deliveries(
            @Parameters(paramLabel = "ID", description = ID) String id,
            @Mixin DeliveryFilter filter,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "50",
                            description = "How many, at most. 50 unless told otherwise.")
                    int limit,
            @Mixin Output output) {
        var found = Listing.of(session.connected().webhooks().deliveries().list(id, filter.query(limit)), limit);
        output.list(
                session.io(),
                WebhookTables.deliveries(),
                found,
                filter.narrows()
                        ? "No such delivery. All of them: aistrale webhooks deliveries " + Io.line(id)
                        : "Nothing was sent to it yet. Send a sample: aistrale webhooks test " + Io.line(id));
        return Exit.OK;
    }

    @Command(name = "show", header = "Show one delivery: each attempt, what was answered, and what was sent.")
    int showDelivery(@Parameters(paramLabel = "DELIVERY", description = DELIVERY) String id, @Mixin Output output) {
        var delivery = session.connected().webhooks().deliveries().get(id);
        var tables = new WebhookTables(session.io());
        return output.one(session.io(), WebhookTables.deliveries(), delivery, () -> tables.delivery(delivery));
    }

    @Command(
            name = "retry",
            header = "Deliver once more, at once.",
            description = "Also what was delivered already. Where it fails, a schedule of tries begins anew.")
    int retry(
            @Parameters(paramLabel = "DELIVERY", description = DELIVERY) String id,
            @Option(names = "--json", description = "Print the delivery as JSON.") boolean json) {
        var delivery = session.connected().webhooks().deliveries().retry(id);
        if (json) {
            session.io().out().println(delivery.toJson());
        } else {
            session.io()
                    .out()
                    .println("Due now: " + Io.line(delivery.id()) + " (" + Io.line(delivery.eventType()) + ")");
            session.io().note("What becomes of it: aistrale webhooks show " + Io.line(delivery.id()));
        }
        return Exit.OK;
    }

    @Command(name = "recover", header = "Deliver once more all that failed, of events since a time.")
    int recover(
            @Parameters(paramLabel = "ID", description = ID) String id,
            @Option(
                            names = "--since",
                            required = true,
                            paramLabel = "WHEN",
                            description = "So long ago, such as 2h or 7d, or a time such as 2026-11-01T12:00.")
                    String since,
            @Option(names = "--json", description = "Print the server's answer as JSON.") boolean json) {
        var time = Times.parsePast("--since", since, Instant.now());
        var recovered = session.connected().webhooks().recover(id, time);
        if (json) {
            session.io().out().println("{\"recovered\":" + recovered + "}");
            return Exit.OK;
        }
        if (recovered == 0) {
            session.io().note("Nothing had failed since " + Times.local(time) + ".");
            return Exit.OK;
        }
        session.io().out().println("Due now: " + recovered + " that failed since " + Times.local(time));
        session.io().note("What becomes of them: aistrale webhooks deliveries " + Io.line(id));
        return Exit.OK;
    }

    @Command(
            name = "types",
            header = "List the types of events.",
            description = "As JSON with the JSON Schema of each.")
    int types(@Mixin Output output) {
        var records = Records.of(WebhooksCommand::json)
                .text("TYPE", "type", EventType::type)
                .text("DESCRIPTION", "description", EventType::description);
        output.list(session.io(), records, session.connected().events().types(), "The server knows none.");
        return Exit.OK;
    }

    @Command(
            name = "trigger",
            header = "Send a sample event to everybody who listens, or to one webhook.",
            description = {
                "Without --webhook it comes to aistrale webhooks listen and all who read the event stream, and",
                "to no webhook. The event is marked with \"test\": true."
            })
    int trigger(
            @Parameters(paramLabel = "TYPE", description = "Such as inference.completed: see aistrale webhooks types.")
                    String type,
            @Option(
                            names = "--webhook",
                            paramLabel = "ID",
                            description = "To this webhook instead, as aistrale webhooks test does.")
                    @Nullable
                    String webhook,
            @Option(names = "--json", description = "Print the event, or the delivery, as JSON.") boolean json) {
        if (webhook != null) {
            return tested(session.connected().webhooks().test(webhook, type), json);
        }
        var event = session.connected().events().test(type);
        session.io()
                .out()
                .println(json ? event.toJson() : "Sent " + Io.line(event.id()) + " (" + Io.line(event.type()) + ")");
        return Exit.OK;
    }

    @Command(
            name = "listen",
            header = "Show events as they happen, and hand each on, until Ctrl-C.",
            description = {
                "One event after the other, in their order: what comes while one is at work waits. A lost",
                "connection is made again, and goes on where it was. --forward-to posts as the server does,",
                "signed by Standard Webhooks; where nobody listens, or the connection breaks, once more after a",
                "second. Nothing that a receiver or a command does ends it. A viewer's key will do."
            })
    int listen(
            @Mixin ListenOptions options,
            @Option(
                            names = {"--json", "--jsonl"},
                            description =
                                    "Print the events alone, one JSON object on each line; what is said of them, and what the"
                                            + " command says, goes to standard error.")
                    boolean json)
            throws InterruptedException {
        return new Listening(session, options, json).run();
    }

    private int show(Webhook webhook, Output output) {
        var tables = new WebhookTables(session.io());
        return output.one(session.io(), WebhookTables.records(), webhook, () -> tables.one(webhook));
    }

    /** The secret alone on standard output, unless its owner knows it anyway; what it is for beside it. */
    private int withSecret(NewWebhook made, boolean own, boolean json, String what) {
        var io = session.io();
        if (json) {
            var webhook = made.webhook().toJson();
            io.out()
                    .println(webhook.substring(0, webhook.length() - 1) + ",\"secret\":" + Json.write(made.secret())
                            + "}");
            return Exit.OK;
        }
        if (own) {
            io.out().println(what);
        } else {
            io.out().println(made.secret());
            io.out().flush();
            io.note(what + ".");
            io.note("Its secret is shown this once: give it to the receiver, which verifies with it what comes.");
        }
        io.note("Try it: aistrale webhooks test " + Io.line(made.webhook().id()));
        return Exit.OK;
    }

    private int tested(WebhookDelivery delivery, boolean json) {
        if (json) {
            session.io().out().println(delivery.toJson());
            return delivery.status().equals("delivered") ? Exit.OK : Exit.PROVIDER;
        }
        new WebhookTables(session.io()).tested(delivery);
        return Exit.OK;
    }

    private String ownSecret(String argument) {
        return new Secret(session.io())
                .read("The webhook's secret", "--secret", argument.equals("-") ? null : argument, null);
    }

    private static void contradict(boolean both, String options) {
        if (both) {
            throw new CliException(options + " contradict each other.", "Give one of the two.", Exit.USAGE);
        }
    }

    private static String json(EventType type) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("type", type.type());
        json.put("description", type.description());
        json.put("schema", type.schema());
        return Json.write(json);
    }

    private static String described(Webhook webhook) {
        return Io.line(webhook.id() + " (" + webhook.url() + ", " + String.join(", ", webhook.events()) + ")");
    }
}
