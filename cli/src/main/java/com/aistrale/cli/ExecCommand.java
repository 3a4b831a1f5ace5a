package com.aistrale.cli;

import java.io.FileOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code aistrale exec}: another program, whose OpenAI and Anthropic clients call this server. This process only says what the environment
 * is to be: the launcher that waits for it becomes the program, so terminal, signals and exit code are the program's own.
 */
@Command(
        name = "exec",
        header = "Run another program with its OpenAI and Anthropic clients set to this server.",
        customSynopsis = "aistrale [global options] exec -- COMMAND [ARGUMENTS…]",
        description = {
            "The program runs in place of aistrale: in this terminal, with its own signals and its own exit code. It finds"
                    + " the server and the API key in use in OPENAI_BASE_URL, OPENAI_API_BASE, OPENAI_API_KEY,"
                    + " ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY, AISTRALE_API_URL and AISTRALE_API_KEY. ANTHROPIC_AUTH_TOKEN"
                    + " is taken away, as clients prefer it to the key. All else stays as it is, also the keys of other"
                    + " providers: a program that uses those goes past this server.",
            "Where no server runs at a local address, one is started. A command that is not found is exit code 127, one"
                    + " that cannot be run 126."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale exec -- llm -m gpt-4o \"Hello, world!\"",
            "  aistrale exec -- python my_program.py",
            "  aistrale --profile work exec -- claude --model openai/gpt-5"
        })
final class ExecCommand implements Callable<Integer> {
    static final int CANNOT_RUN = 126;
    static final int NOT_FOUND = 127;

    /** Where the launcher reads what its environment is to be. */
    private static final String CHANNEL = "aistrale.exec";

    private static final List<String> PROXIES =
            List.of("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY");

    private final Session session;

    @Parameters(paramLabel = "COMMAND", arity = "1..*", description = "The program and its arguments.")
    private List<String> command = new ArrayList<>();

    ExecCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        var channel = System.getProperty(CHANNEL, "");
        if (channel.isEmpty()) {
            throw new CliException(
                    "exec works through the launcher only.", "Call aistrale, and not java by yourself.", Exit.USAGE);
        }
        check(command.getFirst());
        var client = session.connected();
        client.whoami(); // a key that is none is better told here than by the program
        try (var out = new FileOutputStream(channel)) {
            out.write(script(client.apiUrl(), key()).getBytes(StandardCharsets.UTF_8));
        }
        return Exit.OK;
    }

    private String key() {
        var key = session.settings().value("api_key");
        if (key == null) {
            throw new CliException(
                    "There is no API key to give to the program.",
                    "Give one: aistrale config set api_key, or AISTRALE_API_KEY.",
                    Exit.ACCESS);
        }
        return key;
    }

    private void check(String program) {
        Path found = null;
        if (program.indexOf('/') >= 0) {
            found = Path.of(program);
        } else {
            for (var folder : session.io().env().getOrDefault("PATH", "").split(":", -1)) {
                var there = Path.of(folder.isEmpty() ? "." : folder, program);
                if (Files.isRegularFile(there) && (found == null || Files.isExecutable(there))) {
                    found = there;
                    if (Files.isExecutable(there)) {
                        break;
                    }
                }
            }
        }
        if (found == null || !Files.exists(found)) {
            throw new CliException(
                    "There is no program " + Io.line(program) + ".",
                    program.indexOf('/') >= 0 ? "" : "It is in no folder of PATH.",
                    NOT_FOUND);
        }
        if (Files.isDirectory(found) || !Files.isExecutable(found)) {
            throw new CliException(Io.line(program) + " is not a program that can be run.", "", CANNOT_RUN);
        }
    }

    /** For a shell: what to export and what to take away, and how many of its arguments are the command. */
    private String script(String url, String key) {
        var script = new StringBuilder();
        environment(url, key)
                .forEach((name, value) -> script.append("export ")
                        .append(name)
                        .append('=')
                        .append(quoted(value))
                        .append('\n'));
        return script.append("unset ANTHROPIC_AUTH_TOKEN\nwords=")
                .append(command.size())
                .append('\n')
                .toString();
    }

    private Map<String, String> environment(String url, String key) {
        var base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        var all = new LinkedHashMap<String, String>();
        all.put("OPENAI_BASE_URL", base + "/v1");
        all.put("OPENAI_API_BASE", base + "/v1");
        all.put("OPENAI_API_KEY", key);
        all.put("ANTHROPIC_BASE_URL", base);
        all.put("ANTHROPIC_API_KEY", key);
        all.put("AISTRALE_API_URL", base);
        all.put("AISTRALE_API_KEY", key);
        var env = session.io().env();
        var uri = URI.create(base);
        if (LocalServer.isLocal(uri) && PROXIES.stream().anyMatch(env::containsKey)) {
            for (var name : List.of("no_proxy", "NO_PROXY")) {
                var before = env.getOrDefault(name, "");
                all.put(name, before.isEmpty() ? LocalServer.host(uri) : before + "," + LocalServer.host(uri));
            }
        }
        return all;
    }

    private static String quoted(String value) {
        return "'" + value.replace("'", "'\\''") + "'";
    }
}
