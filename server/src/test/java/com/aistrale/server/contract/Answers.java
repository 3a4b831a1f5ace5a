package com.aistrale.server.contract;

import com.aistrale.server.contract.Contract.Operation;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Holds answers to a contract: status, headers, content type, code, body, and the events of a stream. Thread-safe. */
public final class Answers {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(tools.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** Headers that have a meaning of ours, so that the contract must name them. */
    private static final Set<String> NAMED =
            Set.of("etag", "retry-after", "retry-after-ms", "content-disposition", "idempotency-replayed");

    /** How any path may answer that is not there, or not to this method. */
    private static final List<String> ANYWHERE = List.of("Invalid", "Forbidden", "Unavailable");

    private static final Answers WRITTEN = new Answers(Contract.written());

    private final Contract contract;
    private final Schemas schemas;

    public Answers(Contract contract) {
        this.contract = contract;
        this.schemas = new Schemas(contract.document());
    }

    /** By the contract of this server. */
    public static Answers byTheContract() {
        return WRITTEN;
    }

    /** What in the answer is not as the contract says; empty when all is. */
    public List<String> violations(HttpResponse<String> response) {
        return violations(
                response.request().method(),
                response.uri().getRawPath(),
                response.statusCode(),
                response.headers(),
                response.body());
    }

    public List<String> violations(String method, String rawPath, int status, HttpHeaders headers, String body) {
        if (method.equals("OPTIONS") && status == 204) {
            return List.of(); // a preflight, which belongs to the Fetch standard
        }
        var there = contract.at(rawPath);
        var operation =
                there.stream().filter(one -> one.method().equals(method)).findFirst();
        var response =
                operation.isPresent() ? contract.response(operation.get(), status) : elsewhere(rawPath, there, status);
        var where = operation.map(Operation::name).orElse(method + " " + rawPath) + " → " + status + ": ";
        if (response.isEmpty()) {
            return List.of(where + "the contract does not know this status here; the body: " + shortened(body));
        }
        var wrong = new ArrayList<String>();
        headers(response.get(), headers, wrong);
        content(response.get(), headers, body, method.equals("HEAD"), wrong);
        return wrong.stream().map(where::concat).toList();
    }

    private Optional<JsonNode> elsewhere(String rawPath, List<Operation> there, int status) {
        var prefix = rawPath.startsWith("/v1/messages") ? "Anthropic" : rawPath.startsWith("/v1/") ? "OpenAi" : "";
        var names = new ArrayList<>(ANYWHERE);
        names.add(there.isEmpty() ? "NotFound" : "MethodNotAllowed");
        return names.stream()
                .map(name -> contract.response(prefix + name))
                .filter(node -> statuses(node).contains(status))
                .findFirst();
    }

    /** The statuses of a response's codes. */
    private Set<Integer> statuses(JsonNode response) {
        var all = new TreeSet<Integer>();
        for (var code : response.path("x-codes")) {
            all.add(Problems.STATUS_BY_CODE.getOrDefault(code.stringValue(), 0));
        }
        return all;
    }

    private void headers(JsonNode response, HttpHeaders headers, List<String> wrong) {
        var known = new LinkedHashSet<String>();
        for (var header : response.path("headers").properties()) {
            var name = header.getKey().toLowerCase(Locale.ROOT);
            var described = contract.resolve(header.getValue());
            known.add(name);
            var values = headers.allValues(name);
            if (values.isEmpty() && described.path("required").asBoolean(false)) {
                wrong.add("the header " + name + " is missing");
            }
            for (var value : values) {
                schemas.mistakes(described.get("schema"), JSON.getNodeFactory().stringNode(value))
                        .forEach(mistake -> wrong.add("the header " + name + ": " + value + ": " + mistake));
            }
        }
        for (var name : headers.map().keySet()) {
            var lower = name.toLowerCase(Locale.ROOT);
            boolean ours = NAMED.contains(lower) || (lower.startsWith("x-") && !lower.equals("x-content-type-options"));
            if (ours && !known.contains(lower)) {
                wrong.add("the header " + lower + " is not in the contract");
            }
        }
    }

    private void content(JsonNode response, HttpHeaders headers, String body, boolean head, List<String> wrong) {
        var type = headers.firstValue("content-type")
                .map(full -> full.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                .orElse("");
        var content = response.get("content");
        if (content == null) {
            if (!body.isEmpty() || !type.isEmpty()) {
                wrong.add("nothing was expected, and there is `" + type + "`: " + shortened(body));
            }
            return;
        }
        var described = content.get(type);
        if (described == null) {
            wrong.add("the content type is `" + type + "`, none of " + content.propertyNames());
        } else if (!head) {
            if (described.has("x-sse-events")) {
                events(described, body, wrong);
            } else if (described.has("x-lines")) {
                for (var line : body.lines().toList()) {
                    if (wrong.isEmpty()) { // one line says enough
                        json(described.get("x-lines"), line, wrong);
                    }
                }
            } else if (type.endsWith("json")) {
                json(described.get("schema"), body, wrong);
                code(response, body, wrong);
            }
        }
    }

    private void json(JsonNode schema, String text, List<String> wrong) {
        try {
            var mistakes = schemas.mistakes(schema, JSON.readTree(text));
            if (!mistakes.isEmpty()) {
                wrong.add(String.join("; ", mistakes) + " in " + shortened(text));
            }
        } catch (JacksonException broken) {
            wrong.add("this is not JSON: " + shortened(text));
        }
    }

    /** A failure has one of the codes that the contract gives to it. */
    private static void code(JsonNode response, String body, List<String> wrong) {
        var codes = response.get("x-codes");
        if (codes == null) {
            return;
        }
        var problem = JSON.readTree(body);
        var code = problem.has("error")
                ? problem.path("error").path("code").asString("")
                : problem.path("code").asString("");
        for (var one : codes) {
            if (one.stringValue().equals(code)) {
                return;
            }
        }
        wrong.add("the code `" + code + "` is none of " + codes);
    }

    private void events(JsonNode described, String body, List<String> wrong) {
        var end = described.path("x-sse-end").asString("");
        var named = described.get("x-sse-events");
        for (var event : Sse.read(body)) {
            var schema = named.get(event.name());
            if (schema == null) {
                wrong.add("the contract knows no event `" + event.name() + "`: " + shortened(event.data()));
            } else if (end.isEmpty() || !event.data().equals(end)) {
                json(schema, event.data(), wrong);
            }
        }
    }

    private static String shortened(String text) {
        return text.length() > 600 ? text.substring(0, 600) + "…" : text;
    }
}
