package com.aistrale;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.internal.Fields;
import java.lang.reflect.InvocationTargetException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A scenario's operation, called as a user of this SDK calls it. */
final class ScenarioOperation {
    private static final ScheduledExecutorService TIMER = Executors.newScheduledThreadPool(1, task -> {
        var thread = new Thread(task, "scenario-timer");
        thread.setDaemon(true);
        return thread;
    });
    private static final long CANCEL_MILLIS = 100;
    /** What takes a setting away, where it is not called after it. */
    private static final Map<String, String> NOTHING =
            Map.of("requestsPerMinute", "unlimitedRequests", "tokensPerMinute", "unlimitedTokens");

    private final Fields scenario;
    private final Fields arguments;
    private final Fields call;
    private final List<@Nullable Object> events;

    /** @param events where a stream's are to be put */
    ScenarioOperation(Fields scenario, List<@Nullable Object> events) {
        this.scenario = scenario;
        this.arguments = new Fields("arguments", scenario.object("arguments"));
        this.call = new Fields("call", scenario.object("call"));
        this.events = events;
    }

    @Nullable
    Object call(Aistrale client) {
        var id = String.valueOf(arguments.value("id"));
        var name = String.valueOf(arguments.value("name"));
        switch (scenario.text("operation")) {
            case "run":
                var asked = arguments.optionalText("prompt");
                return asked == null ? client.run(options()) : client.run(asked, options());
            case "stream":
                var prompt = arguments.optionalText("prompt");
                try (var stream = prompt == null ? client.stream(options()) : client.stream(prompt, options())) {
                    var readers = scenario.optionalInteger("readers");
                    return readers == null ? watch(stream.iterator()) : readBy(readers, stream);
                }
            case "telemetry.stream":
                try (var stream = client.telemetry().stream(query())) {
                    return watch(stream.iterator());
                }
            case "events.stream":
                var types = Objects.requireNonNullElse(arguments.optionalTexts("event_types"), List.<String>of());
                try (var stream = client.events().stream(EventOptions.none().types(types.toArray(String[]::new)))) {
                    return watch(stream.iterator());
                }
            case "whoami":
                return client.whoami();
            case "health":
                return client.health();
            case "inferences.get":
                return client.inferences().get(id);
            case "inferences.cancel":
                var given = arguments.optionalText("idempotency_key");
                return given == null
                        ? client.inferences().cancel(id)
                        : client.inferences().cancelByKey(given);
            case "telemetry.list":
                return items(client.telemetry().list(query()));
            case "telemetry.summary":
                return client.telemetry().summary(query(), arguments.text("group_by"));
            case "telemetry.traces":
                return items(client.telemetry().traces(query()));
            case "telemetry.trace":
                return client.telemetry().trace(id);
            case "telemetry.delete_user":
                var deleted = client.telemetry().deleteUser(arguments.text("user"));
                return Map.of("deleted_inferences", deleted.inferences(), "deleted_spans", deleted.spans());
            case "telemetry.add_spans":
                return client.telemetry().addSpans(arguments.list("spans", ScenarioOperation::span));
            case "telemetry.export":
                try (var export = client.telemetry().export(query(), "jsonl")) {
                    return items(export);
                }
            case "prompts.list":
                return items(client.prompts().list());
            case "prompts.get":
                return client.prompts().get(name);
            case "prompts.create":
                return client.prompts().create(name, arguments.optionalText("description"), content());
            case "prompts.create_version":
                return prompts(client).createVersion(name, content());
            case "prompts.update":
                return prompts(client).update(name, arguments.optionalText("description"));
            case "prompts.delete":
                prompts(client).delete(name);
                return null;
            case "prompts.versions":
                return items(client.prompts().versions(name));
            case "prompts.get_version":
                return client.prompts().version(name, arguments.integer("version"));
            case "prompts.set_label":
                return prompts(client).setLabel(name, arguments.text("label"), arguments.integer("version"));
            case "prompts.remove_label":
                prompts(client).removeLabel(name, arguments.text("label"));
                return null;
            case "prompts.render":
                return client.prompts().render(promptRef(arguments));
            case "prompts.diff":
                var from = String.valueOf(arguments.value("from"));
                return client.prompts().diff(name, from, String.valueOf(arguments.value("to")));
            case "prompts.export_dotprompt":
                return client.prompts().exportDotprompt(promptRef(arguments));
            case "prompts.import_dotprompt":
                return prompts(client)
                        .importDotprompt(name, arguments.text("source"))
                        .version();
            case "tokens.list":
                return items(client.tokens().list());
            case "tokens.add":
                var settings = with(TokenSettings.none(), rest("provider", "token"));
                return client.tokens().add(arguments.text("provider"), arguments.text("token"), settings);
            case "tokens.update":
                return client.tokens().update(id, with(TokenSettings.none(), rest("id")));
            case "tokens.remove":
                client.tokens().remove(id);
                return null;
            case "providers.list":
                return items(client.providers());
            case "providers.get":
                return client.provider(name);
            case "models.list":
                return items(client.models(arguments.text("provider")));
            case "aliases.list":
                return items(client.aliases().list());
            case "aliases.get":
                return client.aliases().get(name);
            case "aliases.set":
                var fallbacks = Objects.requireNonNullElse(arguments.optionalTexts("fallbacks"), List.<String>of());
                return client.aliases().set(name, arguments.text("model"), fallbacks);
            case "aliases.delete":
                client.aliases().delete(name);
                return null;
            case "budgets.list":
                return items(client.budgets().list());
            case "budgets.get":
                return client.budgets().get(id);
            case "budgets.create":
                return client.budgets().create(with(BudgetSettings.none(), rest()));
            case "budgets.update":
                return client.budgets().update(id, with(BudgetSettings.none(), rest("id")));
            case "budgets.delete":
                client.budgets().delete(id);
                return null;
            case "webhooks.list":
                return items(client.webhooks().list());
            case "webhooks.get":
                return client.webhooks().get(id);
            case "webhooks.delete":
                client.webhooks().delete(id);
                return null;
            case "webhooks.rotate_secret":
                var rotated = client.webhooks().rotateSecret(id);
                return withSecret(rotated.webhook(), "secret", rotated.secret());
            case "webhooks.test":
                return client.webhooks().test(id, arguments.text("event_type"));
            case "webhooks.recover":
                return client.webhooks().recover(id, arguments.time("since"));
            case "webhooks.deliveries.get":
                return client.webhooks().deliveries().get(id);
            case "webhooks.create":
                var webhook = client.webhooks().create(with(WebhookSettings.none(), rest()));
                return withSecret(webhook.webhook(), "secret", webhook.secret());
            case "webhooks.update":
                return client.webhooks().update(id, with(WebhookSettings.none(), rest("id")));
            case "webhooks.deliveries.list":
                var deliveries =
                        with(WebhookDeliveryQuery.builder(), rest("id")).build();
                return items(client.webhooks().deliveries().list(id, deliveries));
            case "webhooks.deliveries.retry":
                return client.webhooks().deliveries().retry(id);
            case "webhooks.unwrap":
                var body = arguments.text("body").getBytes(UTF_8);
                var headers = WebhookSignature.headers(arguments.object("headers"));
                var secrets = Objects.requireNonNull(arguments.optionalTexts("secrets"));
                WebhookSignature.verify(body, headers, secrets, scenario.time("now"));
                return Webhooks.event(body);
            case "events.types":
                return items(client.events().types());
            case "events.test":
                return client.events().test(arguments.text("event_type"));
            case "api_keys.get":
                return client.apiKeys().get(id);
            case "api_keys.update":
                return client.apiKeys().update(id, with(ApiKeySettings.none(), rest("id")));
            case "api_keys.list":
                return items(client.apiKeys().list());
            case "api_keys.create":
                var key = client.apiKeys().create(with(ApiKeySettings.none(), rest()));
                return withSecret(key.apiKey(), "key", key.secret());
            case "api_keys.revoke":
                client.apiKeys().revoke(id);
                return null;
            case "workspaces.get":
                return client.workspaces().get(id);
            case "workspaces.update":
                return client.workspaces().update(id, with(WorkspaceSettings.none(), rest("id")));
            case "workspaces.delete":
                client.workspaces().delete(id);
                return null;
            case "workspaces.list":
                return items(client.workspaces().list());
            case "workspaces.create":
                return client.workspaces().create(with(WorkspaceSettings.none(), rest()));
            case "audit_log.list":
                return items(client.auditLog(with(AuditQuery.builder(), rest()).build()));
            default:
                throw new ScenarioCall.Missing(scenario.text("operation"));
        }
    }

    /** What is iterated over, up to where it is to be left or cancelled. */
    private @Nullable Object watch(Iterator<?> stream) {
        var leave = new Fields("leave", scenario.object("leave")).optionalInteger("after_events");
        var cancel = new Fields("cancel", scenario.object("cancel")).optionalInteger("after_events");
        while ((leave == null || events.size() < leave) && stream.hasNext()) {
            var event = stream.next();
            events.add(event instanceof StreamEvent piece ? NormalForm.of(piece) : NormalForm.of(event));
            if (cancel != null && events.size() == cancel) {
                interruptIn(CANCEL_MILLIS);
            }
        }
        return null;
    }

    /** What the last of so many readers has. */
    private static Object readBy(long readers, InferenceStream stream) {
        for (long at = 1; at < readers; at++) {
            try {
                stream.finalInference();
            } catch (AistraleException why) {
                // The last one is told the same.
            }
        }
        return stream.finalInference();
    }

    static void interruptIn(long millis) {
        var unused = TIMER.schedule(Thread.currentThread()::interrupt, millis, TimeUnit.MILLISECONDS);
    }

    private Map<String, ?> items(Iterable<?> list) {
        var take = scenario.optionalInteger("take");
        var items = new ArrayList<@Nullable Object>();
        for (var all = list.iterator(); (take == null || items.size() < take) && all.hasNext(); ) {
            items.add(all.next());
        }
        return Map.of("items", items);
    }

    private RunOptions options() {
        var options = with(RunOptions.builder(), rest("prompt", "timeout_ms"));
        var server = arguments.optionalInteger("timeout_ms");
        var own = call.optionalInteger("timeout_ms");
        var key = call.optionalText("idempotency_key");
        if (server != null) {
            options.inferenceTimeout(Duration.ofMillis(server));
        }
        if (own != null) {
            options.timeout(Duration.ofMillis(own));
        }
        call.texts("headers").forEach(options::header);
        return (key == null ? options : options.idempotencyKey(key)).build();
    }

    private TelemetryQuery query() {
        var query = with(TelemetryQuery.builder(), rest("limit", "metadata", "group_by"));
        var limit = arguments.optionalInteger("limit");
        arguments.texts("metadata").forEach(query::metadata);
        return (limit == null ? query : query.pageSize(Math.toIntExact(limit))).build();
    }

    private static Span span(Fields told) {
        var builder = Span.builder(
                told.text("trace_id"),
                told.text("span_id"),
                told.text("name"),
                told.time("started_at"),
                told.time("ended_at"));
        return with(builder, without(told, "trace_id", "span_id", "name", "started_at", "ended_at"))
                .build();
    }

    private Prompts prompts(Aistrale client) {
        var revision = arguments.optionalInteger("if_match");
        return revision == null ? client.prompts() : client.prompts().ifRevision(revision);
    }

    private PromptContent content() {
        return PromptContent.of(rest("name", "description", "if_match"));
    }

    private static PromptRef promptRef(Fields told) {
        var prompt = PromptRef.of(told.text("name")).variables(told.object("variables"));
        var version = told.optionalInteger("version");
        var label = told.optionalText("label");
        return version != null ? prompt.version(version) : label != null ? prompt.label(label) : prompt;
    }

    private static Map<Object, Object> withSecret(Record model, String field, String secret) {
        var object = new LinkedHashMap<Object, Object>((Map<?, ?>) Objects.requireNonNull(NormalForm.of(model)));
        object.put(field, secret);
        return object;
    }

    private Map<String, @Nullable Object> rest(String... without) {
        return without(arguments, without);
    }

    private static Map<String, @Nullable Object> without(Fields told, String... names) {
        var rest = new LinkedHashMap<>(told.json());
        rest.keySet().removeAll(Set.of(names));
        return rest;
    }

    /** Tells a builder, or settings, each of the arguments by the method of its name; null by the method that says so. */
    @SuppressWarnings("unchecked")
    static <T> T with(T told, Map<String, ?> arguments) {
        Object builder = told;
        for (var argument : arguments.entrySet()) {
            var name = NormalForm.javaName(argument.getKey());
            var value = argument.getValue();
            var wanted = value == null ? NOTHING.getOrDefault(name, "no" + capital(name)) : name;
            var method = Arrays.stream(builder.getClass().getMethods())
                    .filter(each ->
                            each.getName().equals(wanted) && each.getParameterCount() == (value == null ? 0 : 1))
                    .findFirst()
                    .orElseThrow(() -> new ScenarioCall.Missing(wanted));
            try {
                builder = value == null
                        ? method.invoke(builder)
                        : method.invoke(builder, converted(value, method.getParameterTypes()[0]));
            } catch (InvocationTargetException e) {
                throw (RuntimeException) e.getCause();
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
        return (T) builder;
    }

    private static String capital(String name) {
        return Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }

    @SuppressWarnings("unchecked")
    private static Object converted(Object value, Class<?> type) {
        if (value instanceof Number number) {
            var decimal = new BigDecimal(number.toString());
            return type == int.class
                    ? decimal.intValueExact()
                    : type == long.class
                            ? decimal.longValueExact()
                            : type == double.class ? decimal.doubleValue() : decimal;
        }
        if (value instanceof List<?> texts && type == String[].class) {
            return texts.toArray(String[]::new);
        }
        if (value instanceof Map<?, ?> map) {
            var fields = new Fields("argument", (Map<String, @Nullable Object>) map);
            if (type == PromptRef.class) {
                return promptRef(fields);
            }
            if (type == BudgetScope.class) {
                return BudgetScope.read(fields);
            }
            return map.get("metadata") instanceof Map<?, ?> filter ? filter : map; // a webhook's filter
        }
        return type == Instant.class ? Instant.parse((String) value) : value;
    }
}
