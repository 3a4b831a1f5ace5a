package com.aistrale.server.prompts.dotprompt;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;

/** Notes mistakes of the front matter with the line of the file. One thread. */
record Mistakes(Reading reading, Yaml.Read front) {
    void add(Pointer at, String detail) {
        add(reading.isFull() ? "" : at.toString(), detail);
    }

    void add(String pointer, String detail) {
        var line = front.line(pointer);
        reading.mistake(pointer, line == null ? detail : detail + " (line " + line + ")");
    }
}
