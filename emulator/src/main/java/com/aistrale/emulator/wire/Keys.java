package com.aistrale.emulator.wire;

import com.aistrale.emulator.http.Request;
import com.aistrale.emulator.journal.Fingerprint;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which credentials are good: by default every one that begins as the provider's do and contains neither {@code bad} nor
 * {@code revoked}; with a list, those of the list.
 *
 * @param only the only good ones, for every provider; empty for no such limit
 */
public record Keys(Set<String> only) {
    private static final Map<String, List<String>> BEGINNINGS = Map.of(
            "openai", List.of("sk-"),
            "anthropic", List.of("sk-ant-"),
            "gemini", List.of("AIza", "AQ."),
            "groq", List.of("gsk_"),
            "huggingface", List.of("hf_"));

    /** What a credential is worth. */
    public enum Verdict {
        MISSING,
        WRONG,
        GOOD
    }

    public Keys {
        only = Set.copyOf(only);
    }

    public Verdict judge(String provider, @Nullable String key) {
        if (key == null || key.isBlank()) {
            return Verdict.MISSING;
        }
        if (!only.isEmpty()) {
            return only.contains(key) ? Verdict.GOOD : Verdict.WRONG;
        }
        boolean formed = BEGINNINGS.getOrDefault(provider, List.of("")).stream().anyMatch(key::startsWith);
        return formed && !key.contains("bad") && !key.contains("revoked") ? Verdict.GOOD : Verdict.WRONG;
    }

    /** The token of a Bearer authorization, or null. */
    public static @Nullable String bearer(@Nullable String authorization) {
        return authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)
                ? authorization.substring(7).strip()
                : null;
    }

    /** The fingerprints of the credentials that a request carries, wherever a provider looks for them. */
    static Set<String> fingerprints(Request request) {
        Set<String> found = new HashSet<>();
        Stream.of(
                        bearer(request.headers().first("authorization")),
                        request.headers().first("x-api-key"),
                        request.headers().first("x-goog-api-key"),
                        request.query().get("key"))
                .filter(key -> key != null)
                .forEach(key -> found.add(Fingerprint.of(key)));
        return found;
    }

    @Override
    public String toString() {
        return only.isEmpty() ? "Keys[by form]" : "Keys[" + only.size() + " allowed]";
    }
}
