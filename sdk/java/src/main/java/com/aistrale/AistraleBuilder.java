package com.aistrale;

import com.aistrale.internal.ClientSettings;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Tells a client what it cannot, or shall not, find by itself. Each method returns the same builder; the last value given counts, and an
 * empty text counts as none. Not for several threads at once.
 */
public final class AistraleBuilder {
    static final Duration A_HUNDRED_YEARS = Duration.ofDays(36500);
    private final Map<String, String> explicit = new HashMap<>();
    private Map<String, String> environment = System.getenv();
    private Duration timeout = Duration.ofMinutes(10);
    private Duration idleTimeout = Duration.ofMinutes(2);
    private int maxRetries = 2;
    private String client = "java/" + Aistrale.VERSION;
    private @Nullable String workspace;
    private Map<String, String> headers = Map.of();
    private @Nullable Transport transport;
    private Clocks clocks = Clocks.system();
    private RandomGenerator random = RandomGenerator.of("SplittableRandom");

    AistraleBuilder() {}

    /**
     * Where the server is.
     *
     * @param url {@code http://HOST[:PORT][/PATH]} or {@code https://…}
     * @return this
     */
    public AistraleBuilder apiUrl(String url) {
        explicit.put("api_url", url);
        return this;
    }

    /**
     * AISTRALE's API key. It is sent to the server and shown nowhere.
     *
     * @param key {@code ais_…}
     * @return this
     */
    public AistraleBuilder apiKey(String key) {
        explicit.put("api_key", key);
        return this;
    }

    /**
     * The profile of the config file to take everything from that is not given otherwise.
     *
     * @param name one that the file has
     * @return this
     */
    public AistraleBuilder profile(String name) {
        explicit.put("profile", name);
        return this;
    }

    /**
     * The model for calls that name none.
     *
     * @param model {@code gpt-4o}, or {@code openai/gpt-4o}
     * @return this
     */
    public AistraleBuilder model(String model) {
        explicit.put("model", model);
        return this;
    }

    /**
     * The provider for calls that name none.
     *
     * @param provider such as {@code openai}
     * @return this
     */
    public AistraleBuilder provider(String provider) {
        explicit.put("provider", provider);
        return this;
    }

    /**
     * How long a call may take, all its tries and the answer's last byte included. Ten minutes unless told.
     *
     * @param timeout at least 1 ms
     * @return this
     */
    public AistraleBuilder timeout(Duration timeout) {
        this.timeout = RunOptions.Builder.positive(timeout);
        return this;
    }

    /**
     * Lets a call take as long as it takes. The limit on silence stays.
     *
     * @return this
     */
    public AistraleBuilder noTimeout() {
        this.timeout = A_HUNDRED_YEARS;
        return this;
    }

    /**
     * How long the server may be silent. Two minutes unless told; while a model works, the server sends a sign of life every five seconds.
     *
     * @param timeout at least 1 ms
     * @return this
     */
    public AistraleBuilder idleTimeout(Duration timeout) {
        this.idleTimeout = RunOptions.Builder.positive(timeout);
        return this;
    }

    /**
     * How often a call is tried again where that does no harm. Twice unless told.
     *
     * @param retries at least 0
     * @return this
     */
    public AistraleBuilder maxRetries(int retries) {
        this.maxRetries = retries;
        return this;
    }

    /**
     * What carries the requests. java.net.http unless told.
     *
     * @param transport used by several threads at once
     * @return this
     */
    public AistraleBuilder transport(Transport transport) {
        this.transport = transport;
        return this;
    }

    /**
     * The environment to look into. The process's own unless told; nothing of that is then looked at. With {@code AISTRALE_LOG=debug} in
     * it the client says on the standard error what it sends and gets, without queries, headers and bodies.
     *
     * @param environment variables and values, {@code HOME} among them, below which the config file is
     * @return this
     */
    public AistraleBuilder environment(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
        return this;
    }

    /**
     * The name under which the server records the caller. {@code java/} and the version unless told.
     *
     * @param nameAndVersion such as {@code my-tool/2.1}; letters, digits and {@code . / _ -}
     * @return this
     */
    public AistraleBuilder clientName(String nameAndVersion) {
        if (!nameAndVersion.matches("[A-Za-z0-9._/-]{1,100}")) {
            throw new IllegalArgumentException("a client's name is like my-tool/2.1: letters, digits and . / _ -");
        }
        this.client = nameAndVersion;
        return this;
    }

    /**
     * The workspace to act in, for a server's operator: other keys belong to one, and are refused when they name one.
     *
     * @param id {@code ws_…}
     * @return this
     */
    public AistraleBuilder workspace(String id) {
        if (!id.matches("[!-~]*")) {
            throw new IllegalArgumentException("a workspace's id is like ws_01k9…: letters, digits and _");
        }
        this.workspace = id.isEmpty() ? null : id;
        return this;
    }

    /**
     * A header of your own, sent with every request, for example one that a gateway asks for. Its value is shown nowhere.
     *
     * @param name none that the client sends itself
     * @param value printable ASCII
     * @return this
     */
    public AistraleBuilder header(String name, String value) {
        this.headers = ExtraHeaders.with(headers, name, value);
        return this;
    }

    AistraleBuilder clocks(Clocks clocks) {
        this.clocks = clocks;
        return this;
    }

    AistraleBuilder random(RandomGenerator random) {
        this.random = random;
        return this;
    }

    /**
     * The client.
     *
     * @return never null; it has not connected to anything yet
     * @throws ConfigurationException if the config file, an environment variable or a value given here is wrong
     */
    public Aistrale build() {
        return new Aistrale(this);
    }

    ClientSettings settings() {
        try {
            return ClientSettings.resolve(explicit, environment);
        } catch (ClientSettings.Mistake e) {
            throw new ConfigurationException(String.valueOf(e.getMessage()), e.line());
        }
    }

    Exchange exchange(ClientSettings settings) {
        return new Exchange(new Exchange.Settings(
                checkedUrl(settings.apiUrl(), settings.origin("api_url")),
                checkedKey(settings.value("api_key"), settings.origin("api_key")),
                workspace,
                headers,
                client,
                timeout,
                idleTimeout,
                transport == null ? JdkTransport.shared() : transport,
                new RetryPolicy(maxRetries, random),
                clocks,
                DebugLog.of(environment, clocks)));
    }

    private static String checkedUrl(String url, String origin) {
        try {
            var uri = new URI(url);
            var scheme = String.valueOf(uri.getScheme());
            if (uri.getUserInfo() == null
                    && uri.getHost() != null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && (scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))) {
                return url.replaceAll("/+$", "");
            }
        } catch (URISyntaxException e) {
            // Said below; the exception's own text would repeat the URL, which may hold a password.
        }
        var shown = url.contains("@") ? "" : " (\"" + url + "\")";
        throw new ConfigurationException(
                "api_url" + shown + " from " + origin + " is no URL of a server: expected http://HOST[:PORT][/PATH] or"
                        + " https://…, without user and password",
                null);
    }

    private static @Nullable String checkedKey(@Nullable String key, String origin) {
        if (key != null && !key.matches("[!-~]+")) {
            throw new ConfigurationException(
                    "the API key from " + origin + " has characters that no key has (spaces, line ends, or beyond"
                            + " ASCII): copy it again, without quotes",
                    null);
        }
        return key;
    }
}
