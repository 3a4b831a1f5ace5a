package com.aistrale.cli;

import com.aistrale.AistraleException;
import com.aistrale.AuthenticationException;
import com.aistrale.Whoami;
import com.aistrale.cli.Io.Stdin;
import com.aistrale.internal.ClientSettings;
import com.aistrale.internal.ConfigEditor;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale login}: a server and an API key, tried, then kept in a profile. */
@Command(
        name = "login",
        header = "Keep a server's URL and an API key, once the server accepts them.",
        description = {
            "The key is asked for without echo, or read from standard input. Both go into the profile in use, or into the one",
            "of --profile, which comes into being; nobody but you can read the file. What the server refuses is not stored.",
            "A local server needs no login: it writes its own key into the default profile."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale login https://ai.example.com",
            "  aistrale login https://ai.example.com --profile work",
            "  pass show aistrale | aistrale login https://ai.example.com"
        })
final class LoginCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(
            arity = "0..1",
            paramLabel = "URL",
            description = "Where the server is. Asked for on a terminal; else the one in force.")
    private @Nullable String argument;

    @Option(names = "--from-env", paramLabel = "VARIABLE", description = "Take the key from this environment variable.")
    private @Nullable String variable;

    LoginCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var io = session.io();
        var profile = session.profileToWrite();
        var editor = new ConfigEditor(ClientSettings.file(io.env()));
        var url = url(profile, editor);
        Misplaced.refuseAsUrl(url);
        ConfigCommand.checkValue("api_url", url);
        warnOfPlainHttp(url);
        var key = new Secret(io).read("API key", "--api-key", session.given("api_key"), variable);
        Misplaced.refuseAsApiKey(key);
        var me = checked(url, key);
        ConfigCommand.write(editor, file -> file.setAll(profile, Map.of("api_url", url, "api_key", key)));
        io.note("Logged in to " + url + ": workspace " + Io.line(me.workspaceName()) + ", "
                + (me.operator() ? "as the server's operator" : "role " + Io.line(String.valueOf(me.role()))) + ".");
        io.note("Stored in profile " + profile + " of " + editor.file());
        noteWhatGoesBefore(profile, editor);
        return Exit.OK;
    }

    private String url(String profile, ConfigEditor editor) {
        if (argument != null) {
            return argument;
        }
        var option = session.given("api_url");
        if (option != null) {
            return option;
        }
        var io = session.io();
        var kept = ClientSettings.read(editor.file())
                .profiles()
                .getOrDefault(profile, Map.of())
                .get("api_url");
        var variable = io.env().getOrDefault("AISTRALE_API_URL", "");
        var usual = !variable.isEmpty() ? variable : kept != null ? kept : ClientSettings.DEFAULT_URL;
        if (io.stdin() != Stdin.TERMINAL) {
            return usual;
        }
        io.err().print("Server [" + Misplaced.hidden(Io.line(usual)) + "]: ");
        io.err().flush();
        var typed = io.readLine().strip();
        return typed.isEmpty() ? usual : typed;
    }

    private void warnOfPlainHttp(String url) {
        var uri = URI.create(url);
        if (String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT).equals("http") && !LocalServer.isLocal(uri)) {
            session.io().warn("Warning: http:// to another machine. Who is on the way can read the key; use https://.");
        }
    }

    private Whoami checked(String url, String key) {
        try {
            return session.of(url, key).whoami();
        } catch (AuthenticationException e) {
            throw new CliException(
                    "The server at " + url + " does not accept this key. Nothing was stored.",
                    "Is it whole, and not revoked? An admin makes another one: aistrale keys create",
                    Exit.ACCESS);
        } catch (AistraleException e) {
            var shown = session.serverVersion(e).orElseGet(() -> Exit.of(e));
            throw new CliException(shown.what(), shown.advice() + " Nothing was stored.", shown.exit());
        }
    }

    /** What was stored does nothing where something else goes before it. */
    private void noteWhatGoesBefore(String profile, ConfigEditor editor) {
        var io = session.io();
        for (var variable : new String[] {"AISTRALE_API_URL", "AISTRALE_API_KEY"}) {
            if (!io.env().getOrDefault(variable, "").isEmpty()) {
                io.warn(variable + " is set in the environment, and goes before it.");
            }
        }
        var named = io.env().getOrDefault("AISTRALE_PROFILE", "");
        var usual = ClientSettings.read(editor.file()).defaultProfile();
        var used = !named.isEmpty() ? named : usual == null ? "default" : usual;
        if (!used.equals(profile)) {
            io.note("In use is profile " + Io.line(used) + ". To use this one: aistrale config use " + profile
                    + ", or --profile " + profile);
        }
    }
}
