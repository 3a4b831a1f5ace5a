package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.AuthenticationException;
import com.aistrale.HttpURLConnectionTransport;
import com.aistrale.ProviderInfo;
import com.aistrale.RunOptions;
import com.aistrale.Transport;
import com.aistrale.internal.ClientSettings;
import com.aistrale.internal.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The checks of {@code aistrale doctor}, one after the other; what hangs on one that failed is not tried. */
final class Checkup {
    private static final Set<PosixFilePermission> OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);
    private static final List<String> PROXIES = List.of("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY");
    private static final Duration CLOCKS_DIFFER = Duration.ofSeconds(30);
    private static final long LEAST_ROOM = 200L << 20;
    private static final long LITTLE_ROOM = 2L << 30;

    /** What a check came to. */
    enum Result {
        OK,
        /** Worth knowing, and nothing that must be changed. */
        NOTE,
        FAILED;

        String word() {
            return this == FAILED ? "FAIL" : name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A check.
     *
     * @param fix what to do, null where there is nothing
     * @param exit the program's exit code, where it is the first that failed
     */
    record Check(
            String name,
            Result result,
            String found,
            @Nullable String fix,
            int exit) {}

    private final Session session;
    private final boolean ask;
    private final List<Check> checks = new ArrayList<>();

    Checkup(Session session, boolean ask) {
        this.session = session;
        this.ask = ask;
    }

    List<Check> run() {
        var settings = configFile();
        proxies(settings == null ? "" : hostOf(settings.apiUrl()));
        if (settings == null || !isUrl(settings)) {
            return checks;
        }
        room(settings.apiUrl());
        if (server(settings)) {
            key(settings);
        }
        return checks;
    }

    private void ok(String name, String found) {
        checks.add(new Check(name, Result.OK, found, null, Exit.OK));
    }

    private void note(String name, String found, String fix) {
        checks.add(new Check(name, Result.NOTE, found, fix, Exit.OK));
    }

    private void failed(String name, int exit, String found, String fix) {
        checks.add(new Check(name, Result.FAILED, found, fix, exit));
    }

    /** Null where it cannot be used. */
    private @Nullable ClientSettings configFile() {
        var path = ClientSettings.file(session.io().env());
        ClientSettings settings;
        try {
            settings = session.settings();
        } catch (CliException e) {
            failed(
                    "config file",
                    e.exit(),
                    e.what(),
                    Files.isReadable(path) || !Files.exists(path)
                            ? e.advice()
                            : "Make it yours: sudo chown $(id -u) " + quoted(path.toString()));
            return null;
        }
        if (!Files.exists(path)) {
            ok("config file", "none at " + path + ", so the defaults hold");
        } else if (isSeenByOthers(path)) {
            failed(
                    "config file",
                    Exit.USAGE,
                    path + " can be read by others, and may have a key in it",
                    "chmod 600 " + quoted(path.toString()));
        } else {
            ok("config file", path + ", profile " + settings.profile());
        }
        return settings;
    }

    private static boolean isSeenByOthers(Path path) {
        try {
            return Files.getPosixFilePermissions(path).stream().anyMatch(OTHERS::contains);
        } catch (IOException | UnsupportedOperationException e) {
            return false; // no such rights here
        }
    }

    /** As a shell takes it for one word. */
    private static String quoted(String word) {
        return word.matches("[\\w./+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** How to give a setting another value, where it has this one from. */
    private static String toSet(ClientSettings settings, String key, String advice) {
        var variable = "AISTRALE_" + key.toUpperCase(Locale.ROOT);
        var from = settings.origin(key);
        if (from.equals(variable)) {
            return "unset " + variable + " (it goes before the config file), or export a right one";
        }
        return from.startsWith("the argument")
                ? "Leave --" + key.replace('_', '-') + " out, or give a right one"
                : advice;
    }

    private static String hostOf(String url) {
        try {
            return LocalServer.host(URI.create(url));
        } catch (IllegalArgumentException e) {
            return ""; // which is said by the check of the URL
        }
    }

    /** False where it can be nobody's. */
    private boolean isUrl(ClientSettings settings) {
        try {
            Aistrale.builder()
                    .environment(Map.of("AISTRALE_CONFIG", "/dev/null"))
                    .apiUrl(settings.apiUrl())
                    .build();
            return true;
        } catch (AistraleException e) {
            failed(
                    "server",
                    Exit.USAGE,
                    Misplaced.hidden(
                            "\"" + settings.apiUrl() + "\" (" + settings.origin("api_url") + ") is no URL of a server"),
                    toSet(settings, "api_url", "Such as: aistrale config set api_url " + ClientSettings.DEFAULT_URL));
            return false;
        }
    }

    /** This program asks none; the SDKs of Python and TypeScript may. */
    private void proxies(String host) {
        var env = session.io().env();
        var set = PROXIES.stream()
                .flatMap(name -> List.of(name, name.toLowerCase(Locale.ROOT)).stream())
                .filter(name -> !env.getOrDefault(name, "").isEmpty())
                .toList();
        if (set.isEmpty()) {
            ok("proxy", "no proxy variable is set");
            return;
        }
        var kept = env.getOrDefault("NO_PROXY", env.getOrDefault("no_proxy", ""));
        var spared = List.of(kept.split("[,\\s]+"));
        note(
                "proxy",
                String.join(", ", set) + " is set: this program asks no proxy, other clients may",
                host.isEmpty() || spared.contains(host) || spared.contains("*")
                        ? "Nothing, where they reach the server"
                        : "If another client cannot reach the server: export NO_PROXY="
                                + quoted(kept.isBlank() ? host : kept + "," + host));
    }

    /** Of a local server's data folder. */
    private void room(String url) {
        if (!LocalServer.isLocal(URI.create(url))) {
            return;
        }
        var folder = DataDir.of(session.io().env()).path().toAbsolutePath();
        var there = folder;
        while (there != null && !Files.exists(there)) {
            there = there.getParent();
        }
        if (there == null) {
            return;
        }
        try {
            var room = Files.getFileStore(there).getUsableSpace();
            var words = (room >> 20) + " MB free for " + folder;
            if (!Files.isDirectory(there)) {
                failed("disk", Exit.FAILED, there + " is no folder", "Name another one: AISTRALE_DATA_DIR");
            } else if (!Files.isWritable(there)) {
                failed("disk", Exit.FAILED, there + " cannot be written to", "Name another folder: AISTRALE_DATA_DIR");
            } else if (room < LEAST_ROOM) {
                failed("disk", Exit.FAILED, words, "Make room, or name another folder: AISTRALE_DATA_DIR");
            } else if (room < LITTLE_ROOM) {
                note("disk", words, "Make room before it is full");
            } else {
                ok("disk", words);
            }
        } catch (IOException e) {
            note("disk", "The room for " + folder + " is not known: " + e.getMessage(), "Look at it by hand: df");
        }
    }

    /** False where none of ours answers. */
    private boolean server(ClientSettings settings) {
        var url = settings.apiUrl();
        var before = Instant.now();
        try (var answer = new HttpURLConnectionTransport(Duration.ofSeconds(5))
                .send(new Transport.Request(
                        "GET",
                        URI.create(url.replaceAll("/+$", "") + "/health"),
                        Map.of(),
                        null,
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5)))) {
            var version = version(new String(answer.body().readNBytes(10_000), StandardCharsets.UTF_8));
            if (version == null) {
                another(url, "what answers at " + url + " is no AISTRALE (HTTP " + answer.status() + ")");
                return false;
            }
            ok("server", url + " answers (" + settings.origin("api_url") + ")");
            fits(version);
            clock(answer.headers(), before);
        } catch (Transport.NotConnected e) {
            failed(
                    "server",
                    Exit.CONNECTION,
                    "nothing answers at " + url + " (" + settings.origin("api_url") + "): " + e.getMessage(),
                    LocalServer.isLocal(URI.create(url))
                            ? "aistrale start"
                            : "Is it running, and the URL right? "
                                    + toSet(settings, "api_url", "aistrale config set api_url URL"));
            return false;
        } catch (SSLException e) {
            failed(
                    "server",
                    Exit.CONNECTION,
                    "what listens at " + url + " is not trusted by its certificate, or has none: " + e.getMessage(),
                    "Is it an http:// one? If not, have this machine trust its certificate");
            return false;
        } catch (IOException e) {
            another(url, "something listens at " + url + ", and does not answer as a server does");
            return false;
        }
        return ready(url);
    }

    private boolean ready(String url) {
        boolean ready;
        try {
            ready = session.impatient().isReady();
        } catch (AistraleException e) {
            var shown = Exit.of(e);
            failed("ready", shown.exit(), shown.what(), shown.advice());
            return false;
        }
        if (ready) {
            ok("ready", "the server has its database");
        } else {
            failed(
                    "ready",
                    Exit.PROVIDER,
                    "the server is not ready: its database does not answer, or it is stopping",
                    "Look at its log"
                            + (LocalServer.isLocal(URI.create(url))
                                    ? ": " + DataDir.of(session.io().env()).log()
                                    : ""));
        }
        return ready;
    }

    private void another(String url, String found) {
        failed(
                "server",
                Exit.CONNECTION,
                found,
                LocalServer.isLocal(URI.create(url))
                        ? "Another program has the port. Choose one: aistrale config set api_url http://127.0.0.1:16001"
                        : "Is a proxy in between, or a path too much or missing? aistrale config set api_url URL");
    }

    private static @Nullable String version(String body) {
        try {
            return Json.parseObject(body).get("version") instanceof String version ? version : null;
        } catch (Json.MalformedJson e) {
            return null;
        }
    }

    private void fits(String version) {
        var order = OlderServer.compare(version, Aistrale.VERSION);
        if (order < 0) {
            failed(
                    "version",
                    Exit.STATE,
                    "the server is " + version + ", older than this aistrale (" + Aistrale.VERSION + ")",
                    "Upgrade the server, or use aistrale " + version);
        } else if (order > 0) {
            note(
                    "version",
                    "the server is " + version + ", newer than this aistrale (" + Aistrale.VERSION + ")",
                    "Upgrade aistrale for what is new");
        } else {
            ok("version", version + ", as this aistrale");
        }
    }

    /** A header says full seconds. */
    private void clock(Map<String, String> headers, Instant before) {
        var date = headers.get("date");
        if (date == null) {
            note("clock", "the server does not say what time it is", "Nothing, where both clocks are right");
            return;
        }
        try {
            var theirs = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            var apart = Duration.between(before, theirs);
            if (apart.abs().compareTo(CLOCKS_DIFFER) > 0) {
                failed(
                        "clock",
                        Exit.FAILED,
                        "the server's clock is " + apart.abs().toSeconds() + " s "
                                + (apart.isNegative() ? "behind" : "ahead of") + " this machine's",
                        "Set the wrong one by NTP: expiry, budgets and webhooks' signatures go by it");
            } else {
                ok("clock", "the server's and this machine's agree");
            }
        } catch (DateTimeException e) {
            note("clock", "the server's time cannot be read", "Is a proxy in between?");
        }
    }

    private void key(ClientSettings settings) {
        if (settings.value("api_key") == null) {
            failed("api key", Exit.ACCESS, "none is set", anew(settings, ""));
            return;
        }
        var client = session.impatient();
        try {
            var me = client.whoami();
            ok(
                    "api key",
                    "accepted: workspace " + me.workspaceName() + ", "
                            + (me.operator() ? "the server's operator" : "role " + me.role()) + " ("
                            + settings.origin("api_key") + ")");
        } catch (AuthenticationException e) {
            failed(
                    "api key",
                    Exit.ACCESS,
                    "the server does not accept it (" + settings.origin("api_key") + ")",
                    toSet(settings, "api_key", anew(settings, "aistrale config unset api_key && ")));
            return;
        } catch (AistraleException e) {
            var shown = Exit.of(e);
            failed("api key", shown.exit(), shown.what(), shown.advice());
            return;
        }
        try {
            providers(client.providers());
        } catch (AistraleException e) {
            var shown = Exit.of(e);
            failed("providers", shown.exit(), shown.what(), shown.advice());
            return;
        }
        if (ask) {
            ask();
        }
    }

    /** How to come to a key: a local server writes one into the profile that is the usual one, if that has none when it starts. */
    private String anew(ClientSettings settings, String before) {
        var isUsual = session.given("profile") == null
                && session.io().env().getOrDefault("AISTRALE_PROFILE", "").isEmpty();
        return isUsual && LocalServer.isLocal(URI.create(settings.apiUrl()))
                ? before + "aistrale stop && aistrale start"
                : "aistrale login";
    }

    /** By the server's own records of the last minute and of what it set aside: nobody is asked. */
    private void providers(List<ProviderInfo> all) {
        var real = all.stream()
                .filter(provider ->
                        provider.credential() != null && !provider.name().equals("demo"))
                .toList();
        if (real.isEmpty()) {
            failed(
                    "providers",
                    Exit.USAGE,
                    "no provider has a token: only the demo answers",
                    "aistrale tokens add --provider openai");
            return;
        }
        var working =
                real.stream().filter(Checkup::works).map(ProviderInfo::name).toList();
        var broken = real.stream().filter(provider -> !works(provider)).toList();
        if (working.isEmpty()) {
            failed("providers", Exit.PROVIDER, described(broken), fix(broken.getFirst()));
        } else if (broken.isEmpty()) {
            ok("providers", String.join(", ", working));
        } else {
            note("providers", String.join(", ", working) + " well; " + described(broken), fix(broken.getFirst()));
        }
    }

    private static boolean works(ProviderInfo provider) {
        return !isSetAside(provider)
                && (provider.health() == null || !provider.health().status().equals("down"));
    }

    private static boolean isSetAside(ProviderInfo provider) {
        var tokens = provider.tokens();
        return tokens != null && tokens.active() == 0 && tokens.setAside() > 0;
    }

    private static String described(List<ProviderInfo> broken) {
        return broken.stream()
                .map(provider -> provider.name() + (isSetAside(provider) ? ": it refuses its token" : ": it is down"))
                .collect(Collectors.joining("; "));
    }

    private static String fix(ProviderInfo broken) {
        return isSetAside(broken)
                ? "Give it another secret: aistrale tokens list, then aistrale tokens update ID --replace"
                : "See why: aistrale providers get " + broken.name();
    }

    private void ask() {
        try {
            var answer = session.asking()
                    .run(
                            "Reply with the word OK.",
                            RunOptions.builder().maxOutputTokens(16).build());
            ok(
                    "answer",
                    answer.provider() + "/" + answer.model() + " answered in "
                            + TelemetryTable.latency(answer.latencyMs()) + ", "
                            + (answer.costUsd() == null ? "cost unknown" : TelemetryTable.cost(answer.costUsd())));
        } catch (AistraleException e) {
            var shown = Exit.of(e);
            failed("answer", shown.exit(), shown.what(), shown.advice());
        }
    }
}
