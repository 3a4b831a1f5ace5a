package com.aistrale.server.prompts.dotprompt;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.Map;

/** Notes mistakes of the front matter with the line of the file. One thread. */
record Mistakes(Reading reading, Map<String, Integer> lines) {
    void add(Pointer at, String detail) {
        add(at.toString(), detail);
    }

    void add(String pointer, String detail) {
        var line = pointer.isEmpty() ? null : lines.get(pointer);
        reading.mistake(pointer, line == null ? detail : detail + " (line " + line + ")");
    }
}
