package com.aistrale.cli;

import com.aistrale.cli.text.SecretForms;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;

/** Secrets in the wrong place: they are named by their kind, said where they belong, and never printed. */
final class Misplaced {
    private static final Pattern USERINFO = Pattern.compile("(?<=://)[^/?#\\s]*@");

    private Misplaced() {}

    /** The text without the secrets that stand in it. */
    static String hidden(String text) {
        return SecretForms.hidden(USERINFO.matcher(text).replaceAll("•••@"));
    }

    /** Refuses what is no API key of AISTRALE's, before anybody is sent it. */
    static void refuseAsApiKey(String secret) {
        var provider = providerOf(secret);
        if (provider.isPresent()) {
            throw new CliException(
                    "That is a token of " + provider.get() + "'s, and no API key of AISTRALE's (ais_…).",
                    "It belongs to the server: aistrale tokens add --provider " + provider.get()
                            + ". Nothing was stored or sent.",
                    Exit.USAGE);
        }
        if (secret.startsWith("key_")) {
            throw new CliException(
                    "That is the id of an API key, and not the key itself (ais_…).",
                    "A key is shown once, when it is made: aistrale keys create",
                    Exit.USAGE);
        }
        if (secret.startsWith("whsec_")) {
            throw new CliException(
                    "That is a webhook's secret, and no API key (ais_…).",
                    "It belongs to the receiver that verifies what comes. Nothing was stored or sent.",
                    Exit.USAGE);
        }
        if (!secret.startsWith("ais_")) {
            throw new CliException(
                    "That is no API key: one begins with ais_.",
                    "An admin makes one: aistrale keys create. A local server writes its own into the default profile.",
                    Exit.USAGE);
        }
    }

    /** Refuses AISTRALE's own key where a provider's token belongs. */
    static void refuseAsProviderToken(String secret) {
        if (secret.startsWith("ais_")) {
            throw new CliException(
                    "That is an API key of AISTRALE's (ais_…), and no provider's token.",
                    "It belongs to the client: aistrale login. Nothing was sent.",
                    Exit.USAGE);
        }
    }

    /** Refuses a URL that has a secret in it. */
    static void refuseAsUrl(String url) {
        if (SecretForms.begins(url)) {
            throw new CliException(
                    "A key stands where the server's URL belongs.",
                    "Give the URL alone, such as https://ai.example.com: the key is asked for, or read from standard input."
                            + " Take this one out of your shell's history.",
                    Exit.USAGE);
        }
        if (USERINFO.matcher(url).find() || hasUserInfo(url)) {
            throw new CliException(
                    "The URL has credentials in it (what stands before the @), which would be kept and shown with it.",
                    "Give the URL without them. An API key is asked for: aistrale login URL",
                    Exit.USAGE);
        }
        if (SecretForms.mayBeIn(url)) {
            throw new CliException(
                    "The URL has a key in it, which would be kept and shown with it.",
                    "Give the URL alone: the key is asked for, or read from standard input.",
                    Exit.USAGE);
        }
    }

    private static boolean hasUserInfo(String url) {
        try {
            return URI.create(url).getRawUserInfo() != null;
        } catch (IllegalArgumentException e) {
            return false; // refused for that by whoever uses it
        }
    }

    /** Whose token it is, by how it begins. */
    private static Optional<String> providerOf(String secret) {
        if (secret.startsWith("sk-ant-")) {
            return Optional.of("anthropic");
        }
        if (secret.startsWith("sk-")) {
            return Optional.of("openai");
        }
        if (secret.startsWith("gsk_")) {
            return Optional.of("groq");
        }
        if (secret.startsWith("hf_")) {
            return Optional.of("huggingface");
        }
        return secret.startsWith("AIza") ? Optional.of("gemini") : Optional.empty();
    }
}
