package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.prompts.PromptNames;
import com.aistrale.server.prompts.Prompts;
import com.aistrale.server.prompts.Rendered;
import com.aistrale.server.prompts.VersionRefReader;
import com.aistrale.server.telemetry.InferenceRecord.PromptUse;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Puts the prompt that a run refers to in the place of its reference. Thread-safe. */
final class PromptRefs {
    private static final Set<String> FIELDS = Set.of("name", "version", "label", "variables");
    private static final Pointer AT = Pointer.ROOT.field("prompt_ref");

    /** A run's body with messages and settings of the prompt. */
    record Run(ObjectNode body, PromptUse prompt) {}

    private final Prompts prompts;

    PromptRefs(Prompts prompts) {
        this.prompts = prompts;
    }

    /**
     * The body with its prompt, or null when it refers to none.
     *
     * @throws ProblemException {@code not_found}, or {@code invalid_request} with every mistake of the body
     */
    @Nullable
    Run resolve(Caller caller, ObjectNode body) {
        if (Reading.said(body, "prompt_ref") == null) {
            return null;
        }
        var reading = new Reading();
        var rendered = render(caller, body, reading);
        if (rendered == null) {
            NativeRequest.readBesidePrompt(body, reading);
            reading.check();
            throw new IllegalStateException("no prompt and no mistake");
        }
        return new Run(merged(body, rendered), new PromptUse(rendered.name(), rendered.version()));
    }

    private @Nullable Rendered render(Caller caller, ObjectNode body, Reading reading) {
        for (var other : new String[] {"prompt", "messages"}) {
            if (Reading.said(body, other) != null) {
                reading.mistake(
                        Pointer.ROOT.field(other),
                        "exactly one of `prompt`, `messages` and `prompt_ref` is" + " needed, and two are there");
            }
        }
        var ref = reading.object(body, Pointer.ROOT, "prompt_ref");
        if (ref == null) {
            return null;
        }
        for (var field : ref.propertyNames()) {
            if (!FIELDS.contains(field)) {
                reading.mistake(AT.field(field), "unknown field `" + field + "`" + Nearest.hint(field, FIELDS));
            }
        }
        var name = reading.required(ref, AT, "name");
        PromptNames.checkLength(name, PromptNames.LONGEST_NAME, AT.field("name"), reading);
        var version = VersionRefReader.read(ref, AT, reading);
        var variables = reading.object(ref, AT, "variables");
        if (reading.count() > 0) {
            return null;
        }
        return prompts.compiled(caller.workspaceId(), name, version).render(variables, AT.field("variables"), reading);
    }

    /** What the run says itself wins. A model of its own goes without the version's provider. */
    private static ObjectNode merged(ObjectNode body, Rendered rendered) {
        var merged = Json.object();
        boolean ownModel = Reading.said(body, "model") != null;
        for (var setting : rendered.settings().properties()) {
            if (!(ownModel && setting.getKey().equals("provider"))) {
                merged.set(setting.getKey(), setting.getValue().deepCopy());
            }
        }
        for (var field : body.properties()) {
            if (!field.getValue().isNull()) {
                merged.set(field.getKey(), field.getValue());
            }
        }
        merged.remove("prompt_ref");
        merged.set("messages", rendered.messages());
        return merged;
    }
}
