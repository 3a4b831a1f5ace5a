package com.aistrale.server.prompts.dotprompt;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Reading;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.api.lowlevel.Present;
import org.snakeyaml.engine.v2.api.lowlevel.Serialize;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.NonPrintableStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** YAML 1.2 as far as it is JSON: no anchors, no tags of one's own, no key twice. */
final class Yaml {
    /** So many collections may be within one another. */
    static final int DEEPEST = 50;

    private static final int LONGEST_NUMBER = 1_000;
    private static final Pattern SMALL = Pattern.compile("[-+]?[0-9]{1,9}");
    private static final CoreSchema SCHEMA = new CoreSchema();
    /** Words that some version of YAML takes for something else than text. */
    private static final Set<String> WORDS = Set.of("true", "false", "yes", "no", "on", "off", "y", "n", "null");
    /** What is null without quotes. */
    private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");

    private static final Pattern INDEX = Pattern.compile("[0-9]{1,9}");
    /** Characters that end a line or are passed over, to one reader of YAML or another. */
    private static final Pattern ODD = Pattern.compile("[\\x7f-\\x9f\\u2028\\u2029\\ufeff]");
    /** Lines of printable ASCII without blanks at their ends. */
    private static final Pattern BLOCK = Pattern.compile("[!-~](?:[ -~]*[!-~])?(?:\\n(?:[!-~](?:[ -~]*[!-~])?)?)*");

    /**
     * What was read.
     *
     * @param lines for each object and array where its values stand, in their order, from the file's first line, 1, on
     */
    record Read(ObjectNode root, IdentityHashMap<JsonNode, List<Integer>> lines) {
        /** No front matter. */
        static Read nothing() {
            return new Read(Json.object(), new IdentityHashMap<>());
        }

        /** Where the value at the pointer stands; null when none does, and for the whole. */
        @Nullable
        Integer line(String pointer) {
            JsonNode here = root;
            Integer line = null;
            var steps = pointer.split("/", -1); // the first is what stands before the first slash: nothing
            for (int i = 1; i < steps.length; i++) {
                var below = lines.get(here);
                int index = index(here, steps[i].replace("~1", "/").replace("~0", "~"));
                if (below == null || index < 0 || index >= below.size()) {
                    return null;
                }
                line = below.get(index);
                here = here.valueStream().skip(index).findFirst().orElseThrow();
            }
            return line;
        }

        private static int index(JsonNode in, String name) {
            if (in.isArray()) {
                return INDEX.matcher(name).matches() ? Integer.parseInt(name) : -1;
            }
            int index = 0;
            for (var field : in.propertyNames()) {
                if (field.equals(name)) {
                    return index;
                }
                index++;
            }
            return -1;
        }
    }

    private Yaml() {}

    /**
     * Reads a mapping.
     *
     * @param before how many lines of the file stand before the text
     * @return null, with a mistake noted, when it is none
     */
    static @Nullable Read read(String text, int before, Reading reading) {
        var builder = new Builder(before, reading);
        try {
            var settings = LoadSettings.builder()
                    .setSchema(SCHEMA)
                    .setCodePointLimit(Integer.MAX_VALUE)
                    .build();
            for (var event : new Parse(settings).parseString(text)) {
                if (!builder.accept(event)) {
                    return null;
                }
            }
        } catch (MarkedYamlEngineException broken) {
            builder.mistake(broken.getProblemMark(), "the front matter is not valid YAML: " + broken.getProblem());
            return null;
        } catch (YamlEngineException broken) {
            builder.mistake(Optional.empty(), "the front matter is not valid YAML: " + broken.getMessage());
            return null;
        }
        return builder.read();
    }

    /** Puts a tree together from the parser's events. */
    private static final class Builder {
        /** An open collection. */
        private static final class Open {
            final JsonNode node;

            @Nullable
            String key;

            Open(JsonNode node) {
                this.node = node;
            }
        }

        private final int before;
        private final Reading reading;
        private final IdentityHashMap<JsonNode, List<Integer>> lines = new IdentityHashMap<>();
        private final ArrayDeque<Open> open = new ArrayDeque<>();
        private @Nullable JsonNode root;

        Builder(int before, Reading reading) {
            this.before = before;
            this.reading = reading;
        }

        @Nullable
        Read read() {
            if (root == null || root.isNull()) {
                return new Read(Json.object(), lines);
            }
            if (root instanceof ObjectNode object) {
                return new Read(object, lines);
            }
            mistake(Optional.empty(), "the front matter must be fields with values");
            return null;
        }

        void mistake(Optional<Mark> mark, String detail) {
            reading.mistake(
                    "",
                    mark.map(at -> "line " + (before + at.getLine() + 1) + ", column " + (at.getColumn() + 1) + ": ")
                                    .orElse("")
                            + detail);
        }

        /** @return false after a mistake */
        boolean accept(Event event) {
            var mark = event.getStartMark();
            if (event instanceof NodeEvent node && node.getAnchor().isPresent()) {
                mistake(mark, "anchors and aliases (& and *) are not taken");
                return false;
            }
            return switch (event.getEventId()) {
                case MappingStart -> begin((CollectionStartEvent) event, Json.object());
                case SequenceStart -> begin((CollectionStartEvent) event, Json.array());
                case MappingEnd, SequenceEnd -> {
                    open.pop();
                    yield true;
                }
                case Scalar -> scalar((ScalarEvent) event);
                case DocumentStart -> {
                    if (root != null) {
                        mistake(mark, "a second document begins here");
                    }
                    yield root == null;
                }
                case StreamStart, StreamEnd, DocumentEnd, Alias, Comment -> true;
            };
        }

        private boolean begin(CollectionStartEvent event, JsonNode node) {
            if (event.getTag().isPresent() && !event.isImplicit()) {
                mistake(event.getStartMark(), "tags such as " + event.getTag().get() + " are not taken");
                return false;
            }
            if (open.size() >= DEEPEST) {
                mistake(event.getStartMark(), "is deeper than " + DEEPEST + " levels");
                return false;
            }
            if (!put(node, event.getStartMark())) {
                return false;
            }
            open.push(new Open(node));
            return true;
        }

        private boolean scalar(ScalarEvent event) {
            var within = open.peek();
            if (within != null && within.node.isObject() && within.key == null) {
                within.key = event.getValue();
                if (within.node.has(within.key)) {
                    mistake(event.getStartMark(), "the key `" + within.key + "` is there twice");
                    return false;
                }
                return true;
            }
            var value = value(event);
            return value != null && put(value, event.getStartMark());
        }

        /** Puts a value in its place. @return false after a mistake */
        private boolean put(JsonNode value, Optional<Mark> mark) {
            var within = open.peek();
            if (within == null) {
                root = value;
                return true;
            }
            if (within.node instanceof ObjectNode object) {
                if (within.key == null) {
                    mistake(mark, "a key must be a word");
                    return false;
                }
                object.set(within.key, value);
                within.key = null;
            } else if (within.node instanceof ArrayNode array) {
                array.add(value);
            }
            int line = mark.map(Mark::getLine).orElse(0);
            lines.computeIfAbsent(within.node, node -> new ArrayList<>()).add(before + line + 1);
            return true;
        }

        private @Nullable JsonNode value(ScalarEvent event) {
            var text = event.getValue();
            var tag = event.getTag()
                    .map(Tag::new)
                    .orElseGet(() -> SCHEMA.getScalarResolver()
                            .resolve(text, event.getImplicit().canOmitTagInPlainScalar()));
            var nodes = JsonNodeFactory.instance;
            if (event.getTag().isEmpty() && event.isPlain() && NULLS.contains(text)) {
                return nodes.nullNode();
            }
            try {
                if (tag.equals(Tag.STR) || tag.equals(Tag.MERGE)) {
                    return nodes.stringNode(text);
                }
                if (tag.equals(Tag.NULL)) {
                    return nodes.nullNode();
                }
                if (tag.equals(Tag.BOOL)) {
                    return nodes.booleanNode(text.equalsIgnoreCase("true"));
                }
                if (text.length() <= LONGEST_NUMBER && tag.equals(Tag.INT)) {
                    return SMALL.matcher(text).matches()
                            ? nodes.numberNode(Integer.parseInt(text)) // much smaller than a BigInteger
                            : nodes.numberNode(integer(text));
                }
                if (text.length() <= LONGEST_NUMBER && tag.equals(Tag.FLOAT)) {
                    return nodes.numberNode(new BigDecimal(text));
                }
            } catch (NumberFormatException wrong) {
                mistake(event.getStartMark(), "`" + text + "` is no number");
                return null;
            }
            mistake(event.getStartMark(), "a value of the kind " + tag.getValue() + " is not taken");
            return null;
        }

        private static BigInteger integer(String text) {
            if (text.startsWith("0o")) {
                return new BigInteger(text.substring(2), 8);
            }
            return text.startsWith("0x") ? new BigInteger(text.substring(2), 16) : new BigInteger(text);
        }
    }

    /** The fields as block mappings, with a line end behind. */
    static String write(ObjectNode fields) {
        var settings = DumpSettings.builder()
                .setSchema(SCHEMA)
                .setNonPrintableStyle(NonPrintableStyle.ESCAPE)
                .setSplitLines(false)
                .setUseUnicodeEncoding(!ODD.matcher(Json.text(fields)).find())
                .build();
        var events = new Serialize(settings).serializeOne(node(fields));
        return new Present(settings).emitToString(events.iterator());
    }

    private static Node node(JsonNode json) {
        if (json instanceof ObjectNode object) {
            var fields = new ArrayList<NodeTuple>();
            object.properties()
                    .forEach(field ->
                            fields.add(new NodeTuple(scalar(Tag.STR, field.getKey()), node(field.getValue()))));
            return new MappingNode(Tag.MAP, fields, fields.isEmpty() ? FlowStyle.FLOW : FlowStyle.BLOCK);
        }
        if (json instanceof ArrayNode array) {
            var elements = array.valueStream().map(Yaml::node).toList();
            return new SequenceNode(Tag.SEQ, elements, elements.isEmpty() ? FlowStyle.FLOW : FlowStyle.BLOCK);
        }
        if (json.isString()) {
            return scalar(Tag.STR, json.stringValue());
        }
        var tag =
                json.isNull() ? Tag.NULL : json.isBoolean() ? Tag.BOOL : json.isIntegralNumber() ? Tag.INT : Tag.FLOAT;
        return new ScalarNode(tag, json.asString("null"), ScalarStyle.PLAIN);
    }

    /** Without quotes, or several lines as a block, where every reader of YAML sees the same; else in quotes. */
    private static Node scalar(Tag tag, String text) {
        if (text.indexOf('\n') >= 0) {
            boolean block = BLOCK.matcher(text).matches();
            return new ScalarNode(tag, text, block ? ScalarStyle.LITERAL : ScalarStyle.DOUBLE_QUOTED);
        }
        boolean plain = !text.isEmpty()
                && (Character.isLetter(text.charAt(0)) || text.charAt(0) == '_' || text.charAt(0) == '(')
                && !WORDS.contains(text.toLowerCase(Locale.ROOT));
        return new ScalarNode(tag, text, plain ? ScalarStyle.PLAIN : ScalarStyle.SINGLE_QUOTED);
    }
}
