package com.aistrale.server.prompts;

import com.aistrale.server.kit.problem.Problem.FieldError;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a run takes, which is another room's to know. */
public interface RunShape {
    /** What is wrong with messages; pointers begin at the array. */
    List<FieldError> messages(ArrayNode messages);

    /** The settings there are. */
    Set<String> settingNames();

    /** What is wrong with settings, which are fields of a run; pointers begin at the object. */
    List<FieldError> settings(ObjectNode settings);
}
