package com.aistrale.server.kit.sql;

import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.problem.Nearest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * Where a PostgreSQL is: {@code postgresql://user:password@host:port/database?option=value}, with names and password
 * percent-encoded where they have signs of their own. Options are the JDBC driver's ({@code sslmode}, {@code
 * sslrootcert}, …). It prints itself without the password and the options.
 */
public final class DatabaseUrl {
    private static final Pattern FORM = Pattern.compile(
            "(?:postgresql|postgres)://(?:(?<user>[^:/?#]*)(?::(?<password>[^/?#]*))?@)?(?<hosts>[^/?#@]+)"
                    + "(?:/(?<name>[^/?#]*))?(?:\\?(?<options>[^#]*))?");
    private static final Pattern HOST = Pattern.compile("(?:\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::\\d{1,5})?");
    private static final String EXPECTED =
            "a URL such as postgresql://user:password@host:5432/database was expected; signs such as @ / ? # in the"
                    + " password are written %40 %2F %3F %23";

    /** As libpq names them, whose URLs people have at hand. */
    private static final Map<String, String> LIBPQ = Map.of(
            "connect_timeout", "connectTimeout",
            "application_name", "ApplicationName",
            "target_session_attrs", "targetServerType",
            "channel_binding", "channelBinding");

    private final String hosts;
    private final String name;
    private final @Nullable String user;
    private final @Nullable Secret password;
    private final Map<String, String> options;

    private DatabaseUrl(
            String hosts, String name, @Nullable String user, @Nullable Secret password, Map<String, String> options) {
        this.hosts = hosts;
        this.name = name;
        this.user = user;
        this.password = password;
        this.options = options;
    }

    /** @throws IllegalArgumentException with what was expected; it shows nothing of a text that may hold a password */
    public static DatabaseUrl parse(String text) {
        var form = FORM.matcher(text);
        if (!form.matches()
                || !Arrays.stream(form.group("hosts").split(",", -1)).allMatch(DatabaseUrl::isHost)) {
            throw new IllegalArgumentException(EXPECTED);
        }
        var options = options(form.group("options"));
        var user = form.group("user") == null ? options.remove("user") : decoded(form.group("user"));
        var password = form.group("password") == null ? options.remove("password") : decoded(form.group("password"));
        var name = form.group("name") == null ? "" : decoded(form.group("name"));
        if (name.isEmpty()) {
            if (user == null || user.isEmpty()) {
                throw new IllegalArgumentException("the URL names no database: postgresql://host/database");
            }
            name = user; // as PostgreSQL's own programs do
        }
        return new DatabaseUrl(
                form.group("hosts"),
                name,
                user == null || user.isEmpty() ? null : user,
                password == null || password.isEmpty() ? null : new Secret(password),
                options);
    }

    private static boolean isHost(String text) {
        if (!HOST.matcher(text).matches()) {
            return false;
        }
        var port = text.substring(text.lastIndexOf(':') + 1);
        return text.endsWith("]") || !text.contains(":") || Integer.parseInt(port) <= 65_535;
    }

    private static Map<String, String> options(@Nullable String query) {
        var options = new TreeMap<String, String>();
        if (query == null || query.isEmpty()) {
            return options;
        }
        for (var pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            var given = decoded(equals < 0 ? pair : pair.substring(0, equals));
            var name = LIBPQ.getOrDefault(given, given);
            if (PGProperty.forName(name) == null) {
                throw new IllegalArgumentException(
                        "`" + given + "` is no option of a PostgreSQL URL" + Nearest.hint(given, known()));
            }
            options.put(name, equals < 0 ? "" : decoded(pair.substring(equals + 1)));
        }
        return options;
    }

    private static List<String> known() {
        var names = new ArrayList<>(LIBPQ.keySet());
        for (var property : PGProperty.values()) {
            names.add(property.getName());
        }
        return names;
    }

    /** Percent signs only: a plus sign is one. */
    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException broken) {
            throw new IllegalArgumentException(EXPECTED, broken);
        }
    }

    /** Whether it carries a password of its own. */
    public boolean hasPassword() {
        return password != null;
    }

    /** For the driver. User and password are in {@link #properties}, as the driver prints URLs in its messages. */
    String jdbc() {
        var encoded = java.net.URLEncoder.encode(name, StandardCharsets.UTF_8);
        return "jdbc:postgresql://" + hosts + "/" + encoded;
    }

    /** The options, user and password over {@code usual} ones, which the URL's own come before. */
    Properties properties(Map<String, String> usual) {
        var properties = new Properties();
        properties.putAll(usual);
        properties.putAll(options);
        if (user != null) {
            properties.setProperty("user", user);
        }
        if (password != null) {
            properties.setProperty("password", password.reveal());
        }
        return properties;
    }

    /** Where it is, and nothing secret. */
    @Override
    public String toString() {
        return "postgresql://" + (user == null ? "" : user + "@") + hosts + "/" + name;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DatabaseUrl url
                && jdbc().equals(url.jdbc())
                && properties(Map.of()).equals(url.properties(Map.of()));
    }

    @Override
    public int hashCode() {
        return jdbc().hashCode();
    }
}
