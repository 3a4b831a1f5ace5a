package com.aistrale;

import com.aistrale.internal.Fields;

/**
 * Which version of which prompt.
 *
 * @param name the prompt's name
 * @param version its version, from 1
 */
public record PromptName(String name, long version) {
    static PromptName read(Fields fields) {
        return new PromptName(fields.text("name"), fields.integer("version"));
    }

    /** As the command line writes it: {@code greeting@3}. */
    @Override
    public String toString() {
        return name + "@" + version;
    }
}
