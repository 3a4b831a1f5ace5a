package com.aistrale.emulator.shape;

import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** One way in which a document does not have its shape. */
public sealed interface Violation {
    /** Where; the path of the field itself, also where it is missing. */
    Path path();

    /** A field that the service does not know. */
    record Unknown(Path path, Set<String> known) implements Violation {
        public Unknown {
            known = Set.copyOf(known);
        }
    }

    /** A field that has to be there. */
    record Missing(Path path) implements Violation {}

    /** A value of another JSON kind than its shape's. */
    record WrongKind(Path path, Shape expected, JsonNode actual) implements Violation {}

    /** A string that is none of those that are allowed; in {@code allowed} in the order of their declaration. */
    record NotAllowed(Path path, String value, List<String> allowed) implements Violation {}

    /** A number below its bound. */
    record TooSmall(Path path, Shape expected, JsonNode actual) implements Violation {}

    /** A number above its bound. */
    record TooLarge(Path path, Shape expected, JsonNode actual) implements Violation {}

    /** An array with too few elements. */
    record TooFew(Path path, int least, int actual) implements Violation {}
}
