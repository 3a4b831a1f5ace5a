package com.aistrale.server.app;

import com.aistrale.internal.ClientSettings;
import com.aistrale.internal.ConfigEditor;
import com.aistrale.internal.ConfigFile;
import com.aistrale.server.access.Access;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API key that a server makes by itself, so that on one machine everything works with no key copied. It is made at the
 * first start, and again by a server on loopback whose user's profile has none (someone deleted the config file). It is
 * written into the default profile if that is absent or names this server; else into a profile of its own, as the other
 * belongs to another server. Where the operator gave a key from outside, none is made.
 */
final class FirstKey {
    private static final Logger LOG = LoggerFactory.getLogger(FirstKey.class);

    private FirstKey() {}

    /** @throws StartException when a first key is needed and the config file cannot take it */
    static void make(Access access, Settings settings, String url, Map<String, String> environment)
            throws StartException {
        if (settings.adminKey() != null) {
            return;
        }
        var file = ClientSettings.file(environment);
        var workspace = access.defaultWorkspace().id();
        boolean first = !access.hasKeys(workspace);
        try {
            var profile = profile(ClientSettings.read(file), url, first);
            if (profile.isEmpty() || !(first || settings.isLocal())) {
                return;
            }
            write(access, new ConfigEditor(file), profile.get(), url, first);
        } catch (ClientSettings.Mistake | IllegalArgumentException | IOException cannot) {
            if (first) {
                throw new StartException(
                        "The first API key cannot be written into the config file: " + cannot.getMessage()
                                + ". Correct that file, or name another (AISTRALE_CONFIG), or give a key yourself"
                                + " (AISTRALE_ADMIN_KEY).",
                        cannot);
            }
            LOG.warn("the client's config file cannot be read: {}", cannot.getMessage());
        }
    }

    /** A key that nobody was told is no key: where the file cannot be written, it is revoked. */
    private static void write(Access access, ConfigEditor editor, String profile, String url, boolean first)
            throws IOException {
        var workspace = access.defaultWorkspace().id();
        var made = access.create(workspace, first ? "first" : "of the profile " + profile);
        boolean written = false;
        try {
            editor.set(profile, "api_url", url);
            editor.set(profile, "api_key", made.secret().reveal());
            written = true;
        } finally {
            if (!written) {
                access.revoke(workspace, made.key().id());
            }
        }
        var use = profile.equals("default") ? "" : "; use it with --profile " + profile;
        LOG.info(
                "made the API key {} and wrote it into the profile {} of {}{}",
                made.key().id(),
                profile,
                editor.file(),
                use);
    }

    /** The profile to write a key into; empty when the profile of this server has one. */
    private static Optional<String> profile(ConfigFile file, String url, boolean first) {
        var usual = file.defaultProfile() == null ? "default" : file.defaultProfile();
        var profile = file.profiles().get(usual);
        if (profile == null || isSame(profile.get("api_url"), url)) {
            return first || profile == null || !profile.containsKey("api_key") ? Optional.of(usual) : Optional.empty();
        }
        return first ? Optional.of("local-" + URI.create(url).getPort()) : Optional.empty();
    }

    /** Whether a profile's URL is this server's; a profile without one means the usual port of this machine. */
    private static boolean isSame(@Nullable String profileUrl, String url) {
        var there = URI.create(profileUrl == null ? ClientSettings.DEFAULT_URL : profileUrl);
        var here = URI.create(url);
        return there.getPort() == here.getPort() && host(there).equals(host(here));
    }

    private static String host(URI url) {
        var host = String.valueOf(url.getHost());
        return host.equals("localhost") || host.equals("[::1]") ? "127.0.0.1" : host;
    }
}
