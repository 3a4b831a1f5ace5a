package com.aistrale.emulator.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Header fields in the order in which they came; names compare without case. */
public record Headers(List<Header> all) {
    /** One field. */
    public record Header(String name, String value) {}

    public Headers {
        all = List.copyOf(all);
    }

    /** The first value of that name, or null. */
    public @Nullable String first(String name) {
        for (Header header : all) {
            if (header.name().equalsIgnoreCase(name)) {
                return header.value();
            }
        }
        return null;
    }
}
