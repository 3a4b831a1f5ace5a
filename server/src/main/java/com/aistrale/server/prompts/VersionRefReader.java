package com.aistrale.server.prompts;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Reads {@code version} and {@code label} of an object, of which one, or none, is said. */
public final class VersionRefReader {
    private VersionRefReader() {}

    /** The version that is meant; mistakes go to the reading. */
    public static VersionRef read(ObjectNode in, Pointer at, Reading reading) {
        var version = number(in, at, reading);
        var label = reading.string(in, at, "label");
        if (label != null) {
            PromptNames.checkLength(label, PromptNames.LONGEST_LABEL, at.field("label"), reading);
        }
        if (Reading.said(in, "version") != null && Reading.said(in, "label") != null) {
            reading.mistake(at.field("label"), "`version` and `label` say the same thing in two ways: give one");
        }
        if (version != null) {
            return new VersionRef.Numbered(version);
        }
        return label == null ? new VersionRef.Usual() : new VersionRef.Labelled(label);
    }

    /** {@code version}, or null. */
    static @Nullable Integer number(ObjectNode in, Pointer at, Reading reading) {
        var version = reading.integer(in, at, "version");
        if (version == null) {
            return null;
        }
        if (version < 1 || version > Integer.MAX_VALUE) {
            reading.mistake(at.field("version"), "must be 1 to " + Integer.MAX_VALUE + ", not " + version);
            return null;
        }
        return version.intValue();
    }
}
