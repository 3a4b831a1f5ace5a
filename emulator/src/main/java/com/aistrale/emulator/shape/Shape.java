package com.aistrale.emulator.shape;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** What a JSON value has to look like. Written down once per wire format, checked by {@link Checker}. */
public sealed interface Shape {
    /** A string; one of these unless the set is empty. */
    record Text(Set<String> allowed) implements Shape {
        public Text {
            allowed = Collections.unmodifiableSet(new LinkedHashSet<>(allowed));
        }
    }

    /** A whole number within these bounds, both included. */
    record Whole(long least, long most) implements Shape {}

    /** A number within these bounds, both included. */
    record Decimal(double least, double most) implements Shape {}

    /** true or false. */
    record Flag() implements Shape {}

    /** Any JSON at all. */
    record Anything() implements Shape {}

    /** An object whose inside is not looked at, as a JSON schema or a tool's arguments. */
    record AnyObject() implements Shape {}

    /** An array with at least so many elements. */
    record Items(Shape each, int least) implements Shape {}

    /** An object with these fields and no others. */
    record Fields(Map<String, Field> fields) implements Shape {
        public Fields {
            fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }

        public Fields require(String name, Shape shape) {
            return with(name, new Field(shape, true, false));
        }

        /** A field that may be absent, but not null. */
        public Fields allow(String name, Shape shape) {
            return with(name, new Field(shape, false, false));
        }

        /** A field that may be absent or null. */
        public Fields nullable(String name, Shape shape) {
            return with(name, new Field(shape, false, true));
        }

        /** Fields that may be absent or null and whose inside the emulator does not use. */
        public Fields ignored(String... names) {
            Fields all = this;
            for (String name : names) {
                all = all.nullable(name, new Anything());
            }
            return all;
        }

        /** The same without these. */
        public Fields without(String... names) {
            Map<String, Field> fewer = new LinkedHashMap<>(fields);
            Arrays.asList(names).forEach(fewer::remove);
            return new Fields(fewer);
        }

        private Fields with(String name, Field field) {
            Map<String, Field> more = new LinkedHashMap<>(fields);
            more.put(name, field);
            return new Fields(more);
        }
    }

    /** One field of an object. */
    record Field(Shape shape, boolean required, boolean nullable) {}

    /** Shapes told apart by their JSON kind: a string or an array, say. */
    record OneOf(List<Shape> alternatives) implements Shape {
        public OneOf {
            alternatives = List.copyOf(alternatives);
        }
    }

    /** Objects told apart by the string in one of their fields. */
    record Tagged(String tag, Map<String, Fields> byTag) implements Shape {
        public Tagged {
            byTag = Collections.unmodifiableMap(new LinkedHashMap<>(byTag));
        }
    }

    /** An object with any field names, whose values all have this shape. */
    record MapOf(Shape each) implements Shape {}

    /** A shape that contains itself. */
    record Deferred(Supplier<Shape> shape) implements Shape {}

    static Text text(String... allowed) {
        return new Text(new LinkedHashSet<>(Arrays.asList(allowed)));
    }

    static Items items(Shape each) {
        return new Items(each, 0);
    }

    static Whole whole(long least) {
        return new Whole(least, Long.MAX_VALUE);
    }

    static Decimal anyNumber() {
        return new Decimal(-Double.MAX_VALUE, Double.MAX_VALUE);
    }

    static Fields fields() {
        return new Fields(Map.of());
    }

    static OneOf oneOf(Shape... alternatives) {
        return new OneOf(List.of(alternatives));
    }
}
