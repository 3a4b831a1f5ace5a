package com.aistrale.server.contract;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** A contract: {@code contract/openapi.yaml}, or a copy that a test has changed. Immutable. */
public final class Contract {
    private static final Path FOLDER = Path.of(System.getProperty("aistrale.repository"), "contract");
    private static final List<String> METHODS = List.of("get", "put", "post", "delete", "patch", "head", "options");

    /**
     * What a client can ask for.
     *
     * @param method in capitals
     * @param path as the contract writes it, {@code /things/{id}}
     * @param node its description
     * @param item the description of its path, which may have parameters too
     */
    public record Operation(String method, String path, JsonNode node, JsonNode item) {
        public String id() {
            return node.path("operationId").asString("");
        }

        /** As in {@code GET /things/{id}}. */
        public String name() {
            return method + " " + path;
        }
    }

    private final ObjectNode document;
    private final List<Operation> operations = new ArrayList<>();

    public Contract(ObjectNode document) {
        this.document = document;
        for (var path : document.path("paths").properties()) {
            for (var method : METHODS) {
                var node = path.getValue().get(method);
                if (node != null) {
                    operations.add(new Operation(
                            method.toUpperCase(java.util.Locale.ROOT), path.getKey(), node, path.getValue()));
                }
            }
        }
    }

    /** Where the contract's files are. */
    public static Path folder() {
        return FOLDER;
    }

    /** The contract of this server. */
    public static Contract written() {
        return read(FOLDER.resolve("openapi.yaml"));
    }

    public static Contract read(Path file) {
        return new Contract((ObjectNode) new YAMLMapper().readTree(file.toFile()));
    }

    /** All of it; not to be changed. */
    public ObjectNode document() {
        return document;
    }

    /** How a key can come to an operation, by the schemes' names; none where no key is needed. */
    public Set<String> security(Operation operation) {
        var ways = operation.node().has("security") ? operation.node().get("security") : document.path("security");
        var schemes = new TreeSet<String>();
        ways.forEach(way -> schemes.addAll(way.propertyNames()));
        return schemes;
    }

    public List<Operation> operations() {
        return List.copyOf(operations);
    }

    /** What {@code node} refers to, or itself. */
    public JsonNode resolve(JsonNode node) {
        var reference = node.get("$ref");
        if (reference == null) {
            return node;
        }
        var target = document.at(reference.stringValue().substring(1));
        if (target.isMissingNode()) {
            throw new AssertionError("the contract has nothing at " + reference.stringValue());
        }
        return resolve(target);
    }

    /** The operations at the path of a request; the most literal path wins. */
    public List<Operation> at(String rawPath) {
        return operations.stream()
                .filter(operation -> pattern(operation).matcher(rawPath).matches())
                .map(Operation::path)
                .distinct()
                .min(Comparator.comparingLong(
                        path -> path.chars().filter(c -> c == '{').count()))
                .map(path -> operations.stream()
                        .filter(operation -> operation.path().equals(path))
                        .toList())
                .orElse(List.of());
    }

    private Pattern pattern(Operation operation) {
        var text = new StringBuilder();
        for (var piece : operation.path().splitWithDelimiters("\\{[^}]+}", 0)) {
            if (piece.startsWith("{")) {
                text.append(takesSlashes(operation, piece.substring(1, piece.length() - 1)) ? ".+" : "[^/]+");
            } else {
                text.append(Pattern.quote(piece));
            }
        }
        return Pattern.compile(text.toString());
    }

    private boolean takesSlashes(Operation operation, String parameter) {
        return parameters(operation).stream()
                .anyMatch(node -> node.path("name").asString("").equals(parameter)
                        && node.path("in").asString("").equals("path")
                        && node.path("x-slashes").asBoolean(false));
    }

    /** Those of its path and its own, resolved. */
    public List<JsonNode> parameters(Operation operation) {
        var all = new ArrayList<JsonNode>();
        operation.item().path("parameters").forEach(node -> all.add(resolve(node)));
        operation.node().path("parameters").forEach(node -> all.add(resolve(node)));
        return all;
    }

    /** How the operation answers with {@code status}, resolved. */
    public Optional<JsonNode> response(Operation operation, int status) {
        return Optional.ofNullable(operation.node().path("responses").get(String.valueOf(status)))
                .map(this::resolve);
    }

    /** One of {@code components.responses}. */
    public JsonNode response(String name) {
        return resolve(document.at("/components/responses/" + name));
    }
}
