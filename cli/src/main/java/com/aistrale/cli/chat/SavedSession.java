package com.aistrale.cli.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.internal.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Conversations as files, in the format that every SDK's session.save writes. */
final class SavedSession {
    private static final String FORMAT = "aistrale_session";
    private static final int VERSION = 1;
    private static final String ADVICE = "Name a file that /save or an SDK's session.save wrote.";
    private static final Set<String> OPTIONS = Set.of(
            "system",
            "model",
            "provider",
            "fallbacks",
            "temperature",
            "top_p",
            "max_output_tokens",
            "stop",
            "tools",
            "tool_choice",
            "response_format",
            "reasoning_effort",
            "seed",
            "metadata",
            "timeout_ms",
            "provider_options",
            "resumable",
            "workspace");

    /**
     * What a file held.
     *
     * @param beginning the prompt that it begins with, which is rendered before the first turn; null for none
     */
    record Loaded(Conversation conversation, @Nullable Map<String, @Nullable Object> beginning) {}

    private SavedSession() {}

    /** Writes a file that its owner alone can read, whole or not at all. */
    static void write(Path file, Conversation conversation) {
        var whole = new LinkedHashMap<String, @Nullable Object>();
        whole.put(FORMAT, VERSION);
        whole.put("session_id", conversation.id());
        whole.put("messages", conversation.messages());
        whole.put("options", conversation.options());
        if (!conversation.settings().isEmpty()) {
            whole.put("settings", conversation.settings());
        }
        try {
            put(file, UTF_8.encode(Json.write(whole) + "\n"));
        } catch (IOException e) {
            throw new Refusal(
                    "Cannot write " + file + ": " + why(e), "Name another place, or make the folder that it is in.");
        }
    }

    private static void put(Path file, ByteBuffer content) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException(Files.isDirectory(file) ? "it is a folder" : "it is no file");
        }
        var target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        var fresh = Files.createTempFile(target.getParent(), ".aistrale-", null); // its owner's alone
        try {
            try (var out = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                while (content.hasRemaining()) {
                    out.write(content);
                }
                out.force(true);
            }
            try {
                Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(fresh, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    static Loaded read(Path file) {
        var whole = object(file);
        if (!(whole.get(FORMAT) instanceof Long version) || version < 1) {
            throw broken(file, "the field \"" + FORMAT + "\" with the version of its format is missing");
        }
        if (version > VERSION) {
            throw new Refusal(
                    file + " was saved by a later version (format " + version + "; this one reads up to " + VERSION
                            + ").",
                    "Update this program.");
        }
        if (!(whole.get("session_id") instanceof String id) || id.isEmpty()) {
            throw broken(file, "its session_id is missing");
        }
        var messages = messages(file, whole.get("messages"));
        var options = objectIn(file, "options", whole.get("options"));
        for (var name : options.keySet()) {
            if (!OPTIONS.contains(name)) {
                throw broken(file, "this version knows no option " + name);
            }
        }
        var settings = whole.containsKey("settings")
                ? objectIn(file, "settings", whole.get("settings"))
                : new LinkedHashMap<String, @Nullable Object>();
        var conversation = new Conversation(id, messages, options, settings);
        check(file, conversation);
        if (whole.get("prompt_ref") == null) {
            return new Loaded(conversation, null);
        }
        var beginning = objectIn(file, "prompt_ref", whole.get("prompt_ref"));
        if (!messages.isEmpty() || !(beginning.get("name") instanceof String)) {
            throw broken(
                    file,
                    messages.isEmpty()
                            ? "its prompt_ref names no prompt"
                            : "it has messages, and a prompt that they should begin with");
        }
        return new Loaded(conversation, beginning);
    }

    /** The id of the conversation in a file, null where it is none. */
    static @Nullable String idIn(Path file) {
        try {
            return read(file).conversation().id();
        } catch (Refusal e) {
            return null;
        }
    }

    private static void check(Path file, Conversation conversation) {
        try {
            conversation.asked(Question.typed("?"));
        } catch (ClassCastException | IllegalArgumentException e) {
            throw broken(file, "one of its options has a value of another kind");
        }
    }

    private static Map<String, @Nullable Object> object(Path file) {
        try {
            var text = UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString();
            return Json.parseObject(text.startsWith("\uFEFF") ? text.substring(1) : text);
        } catch (CharacterCodingException e) {
            throw broken(file, "it is not UTF-8");
        } catch (IOException e) {
            throw new Refusal("Cannot read " + file + ": " + why(e), "Look at its name.");
        } catch (Json.MalformedJson e) {
            throw broken(file, String.valueOf(e.getMessage()));
        }
    }

    private static List<Map<String, @Nullable Object>> messages(Path file, @Nullable Object value) {
        if (!(value instanceof List<?> list)) {
            throw broken(file, "its messages are missing");
        }
        var messages = new ArrayList<Map<String, @Nullable Object>>();
        for (var each : list) {
            if (!(each instanceof Map<?, ?> message) || !(message.get("role") instanceof String)) {
                throw broken(file, "its message " + (messages.size() + 1) + " is no message");
            }
            messages.add(objectIn(file, "message", each));
        }
        return messages;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> objectIn(Path file, String what, @Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return new LinkedHashMap<>((Map<String, @Nullable Object>) map);
        }
        throw broken(file, "its " + what + " is no object");
    }

    private static String why(IOException error) {
        return error instanceof NoSuchFileException
                ? "there is no such file or folder"
                : String.valueOf(error.getMessage());
    }

    private static Refusal broken(Path file, String why) {
        return new Refusal(file + " is no saved session: " + why + ".", ADVICE);
    }
}
