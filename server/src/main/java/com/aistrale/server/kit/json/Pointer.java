package com.aistrale.server.kit.json;

import org.jspecify.annotations.Nullable;

/** A place in a JSON document (RFC 6901). Made cheaply on the way down; spelt out only where a mistake is named. */
public final class Pointer {
    /** The whole document. */
    public static final Pointer ROOT = new Pointer(null, "", 0);

    private final @Nullable Pointer parent;
    private final @Nullable String name;
    private final int index;

    private Pointer(@Nullable Pointer parent, @Nullable String name, int index) {
        this.parent = parent;
        this.name = name;
        this.index = index;
    }

    /** The field {@code name} of the object here. */
    public Pointer field(String name) {
        return new Pointer(this, name, 0);
    }

    /** The element {@code index}, from 0, of the array here. */
    public Pointer at(int index) {
        return new Pointer(this, null, index);
    }

    /** As in {@code /messages/0/content}; empty for the whole document. */
    @Override
    public String toString() {
        var text = new StringBuilder();
        append(text);
        return text.toString();
    }

    private void append(StringBuilder text) {
        if (parent == null) {
            return;
        }
        parent.append(text);
        text.append('/');
        if (name == null) {
            text.append(index);
        } else {
            text.append(name.replace("~", "~0").replace("/", "~1"));
        }
    }
}
