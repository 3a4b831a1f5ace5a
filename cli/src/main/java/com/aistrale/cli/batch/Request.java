package com.aistrale.cli.batch;

import com.aistrale.Aistrale;
import com.aistrale.Inference;
import com.aistrale.RunOptions;
import com.aistrale.internal.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is asked for one line.
 *
 * @param line where its entry begins
 * @param id the user's own name for it, null for none
 * @param fields by their names on the wire, {@code prompt} among them
 * @param hash of everything that its answer depends on; never 0
 */
record Request(long line, @Nullable Object id, Map<String, @Nullable Object> fields, RunOptions options, long hash) {

    /** @param configured what the profile or the environment says of the model */
    static Request of(
            long line, @Nullable Object id, Map<String, @Nullable Object> fields, Map<String, String> configured) {
        var options = RunOptions.builder();
        for (var field : fields.entrySet()) {
            if (!field.getKey().equals("prompt")) {
                RunFields.put(options, field.getKey(), field.getValue());
            }
        }
        var kinds = (fields.get("prompt") == null ? 0 : 1)
                + (fields.get("messages") == null ? 0 : 1)
                + (fields.get("prompt_ref") == null ? 0 : 1);
        if (kinds != 1) {
            throw new RunFields.Mistake("there must be exactly one of `prompt`, `messages` and `prompt_ref`");
        }
        var prompt = fields.get("prompt");
        if (prompt != null && (!(prompt instanceof String text) || text.isBlank())) {
            throw new RunFields.Mistake("`prompt` must be a text that is not empty");
        }
        var whole = sha256((Json.write(configured) + Json.write(fields)).getBytes(StandardCharsets.UTF_8));
        var hash = ByteBuffer.wrap(whole).getLong();
        return new Request(line, id, fields, options.build(), hash == 0 ? 1 : hash);
    }

    /**
     * The key by which the server knows this line of this batch again, so that it is paid once.
     *
     * @param ended how often it has ended in a failure: what failed behind its first word is kept so, and would only be given again
     */
    String key(String batch, int ended) {
        var text = batch + "\n" + line + "\n" + hash + "\n" + ended;
        return "batch-" + HexFormat.of().formatHex(sha256(text.getBytes(StandardCharsets.UTF_8)), 0, 20);
    }

    Inference ask(Aistrale client, String key) {
        var once = options.toBuilder().idempotencyKey(key).build();
        return fields.get("prompt") instanceof String prompt ? client.run(prompt, once) : client.run(once);
    }

    static String hex(long hash) {
        return HexFormat.of().toHexDigits(hash);
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
