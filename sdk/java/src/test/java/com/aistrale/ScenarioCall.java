package com.aistrale;

import com.aistrale.internal.Fields;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One scenario's client and calls. The outcome is told in {@link NormalForm}; of what is expected it knows nothing. */
final class ScenarioCall {
    /** What the calling thread wrote to the standard error; the others' lines are theirs. */
    private static final ThreadLocal<StringBuilder> LOGGED = ThreadLocal.withInitial(StringBuilder::new);

    private final Fields scenario;
    private final Fields call;

    /** What this SDK does not have. */
    static final class Missing extends RuntimeException {
        private static final long serialVersionUID = 1;

        Missing(String what) {
            super("the Java SDK has no " + what);
        }
    }

    ScenarioCall(Fields scenario) {
        this.scenario = scenario;
        this.call = new Fields("call", scenario.object("call"));
    }

    /** Notes what is logged, until the error stream that there was is set again. */
    static PrintStream noting(PrintStream error) {
        return new PrintStream(error, true) {
            @Override
            public void println(@Nullable String line) {
                LOGGED.get().append(line).append('\n');
            }
        };
    }

    /** The outcome that the play is judged by. Leaves the thread not interrupted. */
    Map<String, ?> outcome(String url, String proxy, Transport transport) {
        for (var absent : List.of("output", "functions")) {
            if (scenario.value(absent) != null) {
                throw new Missing(absent);
            }
        }
        LOGGED.remove();
        var outcome = new LinkedHashMap<String, @Nullable Object>();
        var events = new ArrayList<@Nullable Object>();
        try {
            outcome.put("result", behindProxy(proxy, () -> {
                var client = client(url, transport);
                var operation = new ScenarioOperation(scenario, events);
                var times = scenario.optionalInteger("repeat");
                var cancelAfter = new Fields("cancel", scenario.object("cancel")).optionalInteger("after_ms");
                if (cancelAfter != null) {
                    ScenarioOperation.interruptIn(cancelAfter);
                }
                Object result = null;
                for (var i = 0; i < (times == null ? 1 : times); i++) {
                    events.clear();
                    result = operation.call(client);
                }
                return NormalForm.of(result);
            }));
        } catch (Missing e) {
            throw e;
        } catch (RuntimeException e) {
            if (Thread.interrupted()) {
                outcome.put("cancelled", true);
            } else {
                outcome.put("error", NormalForm.of(e));
            }
        }
        if (scenario.object("client").containsKey("log")) {
            outcome.put("log", LOGGED.get().toString());
        }
        if (scenario.text("operation").endsWith("stream") && scenario.optionalInteger("readers") == null) {
            outcome.remove("result");
            outcome.put("events", events);
        }
        return outcome;
    }

    private interface Calling {
        @Nullable
        Object result();
    }

    /** Java's clients ask the program's properties for their proxy, so there is one at a time; what is on this machine goes without. */
    private @Nullable Object behindProxy(String proxy, Calling calling) {
        if (!asksProxy()) {
            return calling.result();
        }
        synchronized (ScenarioCall.class) {
            var address = proxy.replaceFirst("^http://", "").split(":", -1);
            System.setProperty("http.proxyHost", address[0]);
            System.setProperty("http.proxyPort", address[1]);
            try {
                return calling.result();
            } finally {
                System.clearProperty("http.proxyHost");
                System.clearProperty("http.proxyPort");
            }
        }
    }

    private boolean asksProxy() {
        return Boolean.TRUE.equals(scenario.object("client").get("proxy"));
    }

    private Aistrale client(String url, Transport transport) {
        var told = new Fields("client", scenario.object("client"));
        var found = told.value("env") != null || told.value("config_file") != null;
        var environment = new HashMap<String, String>(Map.of("AISTRALE_CONFIG", "/nonexistent/config.toml"));
        told.texts("env").forEach((name, value) -> environment.put(name, value.replace("$URL", url)));
        if (told.value("log") != null) {
            environment.put("AISTRALE_LOG", told.text("log"));
        }
        var file = told.optionalText("config_file");
        if (file != null) {
            environment.put("AISTRALE_CONFIG", written(file.replace("$URL", url)));
        }
        var builder = Aistrale.builder().environment(environment).transport(transport);
        if (!found) {
            builder.apiUrl(asksProxy() ? "http://aistrale.example" : url);
        }
        if (!found && !told.json().containsKey("api_key")) {
            builder.apiKey("ais_conformance");
        }
        for (var name : List.of("api_key", "api_url", "model", "provider", "profile", "workspace", "max_retries")) {
            told(builder, told, name, url);
        }
        for (var name : List.of("workspace", "max_retries")) { // a call's own: Java has them at the client alone
            told(builder, call, name, url);
        }
        told.texts("headers").forEach(builder::header);
        var own = Set.of("run", "stream").contains(scenario.text("operation"))
                ? null
                : call.optionalInteger("timeout_ms");
        var limit = own == null ? told.optionalInteger("timeout_ms") : own;
        if (limit != null) {
            builder.timeout(Duration.ofMillis(limit));
        }
        return builder.build();
    }

    private static void told(AistraleBuilder builder, Fields fields, String name, String url) {
        var value = fields.value(name);
        if (value != null) {
            ScenarioOperation.with(
                    builder, Map.of(name, value instanceof String text ? text.replace("$URL", url) : value));
        }
    }

    private static String written(String file) {
        try {
            var path = Files.createTempFile("aistrale-scenario", ".toml");
            path.toFile().deleteOnExit();
            return Files.writeString(path, file).toString();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
