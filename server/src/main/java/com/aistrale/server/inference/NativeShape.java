package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.prompts.RunShape;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@link RunShape} by the readers of the native surface. */
public final class NativeShape implements RunShape {
    @Override
    public List<FieldError> messages(ArrayNode messages) {
        var reading = new Reading();
        new MessagesReader(reading, Leftovers.refused(reading)).read(messages, Pointer.ROOT);
        return reading.mistakes();
    }

    @Override
    public Set<String> settingNames() {
        return NativeRequest.SETTINGS;
    }

    @Override
    public List<FieldError> settings(ObjectNode settings) {
        var reading = new Reading();
        NativeRequest.settings(settings, reading);
        return reading.mistakes();
    }
}
