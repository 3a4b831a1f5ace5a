package com.aistrale.server.app;

import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.DatabaseUrl;
import java.io.IOException;
import java.net.BindException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** {@code aistrale serve}: starts the server and stops it gracefully on SIGTERM and SIGINT. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);
    private static final int WRONG_SETTINGS = 2;
    private static final int CANNOT_START = 1;

    private Main() {}

    public static void main(String[] arguments) {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        try {
            var settings = SettingsReader.read(List.of(arguments), System.getenv());
            warnOfPassword(settings, arguments);
            warnOfOpenedTargets(settings);
            start(settings, System.getenv());
        } catch (SettingsException wrong) {
            end(WRONG_SETTINGS, "The settings cannot be used:\n" + wrong.getMessage());
        } catch (StartException cannot) {
            LOG.debug("cannot start", cannot);
            end(CANNOT_START, String.valueOf(cannot.getMessage()));
        } catch (ProblemException cannot) {
            LOG.debug("cannot start", cannot);
            end(CANNOT_START, "The server cannot start: " + cannot.problem().detail());
        } catch (IOException | RuntimeException cannot) {
            LOG.error("cannot start", cannot);
            end(CANNOT_START, "The server cannot start: " + cannot);
        }
    }

    private static void warnOfPassword(Settings settings, String... arguments) {
        boolean here = Arrays.stream(arguments).anyMatch(argument -> argument.startsWith("--database-url"));
        if (here && settings.databaseUrl().filter(DatabaseUrl::hasPassword).isPresent()) {
            LOG.warn("the database's password stands on the command line, where others see it in the list of processes;"
                    + " give the URL as AISTRALE_DATABASE_URL instead");
        }
    }

    private static void warnOfOpenedTargets(Settings settings) {
        if (settings.webhookHttp() || !settings.webhookTargets().isEmpty()) {
            LOG.warn(
                    "webhooks may leave the public internet: webhooks.allowed_targets = {}, webhooks.allow_http = {};"
                            + " whoever may register webhooks can send requests there",
                    settings.webhookTargets(),
                    settings.webhookHttp());
        }
    }

    private static void end(int code, String message) {
        System.err.println(message);
        System.exit(code);
    }

    private static void start(Settings settings, Map<String, String> environment) throws StartException, IOException {
        var wiring = new Wiring(settings, environment);
        try {
            var url = listen(wiring, settings);
            FirstKey.make(wiring.access(), settings, url, environment);
            ServerFile.write(settings.dataDir(), url, Instant.now());
            wiring.nodes().listensOn(url);
            wiring.started();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(wiring, settings), "stop"));
            LOG.info("AISTRALE {} listens on {}", Version.TEXT, url);
        } catch (StartException | IOException | RuntimeException cannot) {
            wiring.close();
            throw cannot;
        }
    }

    private static String listen(Wiring wiring, Settings settings) throws StartException {
        try {
            wiring.http().start();
        } catch (RuntimeException cannot) {
            throw new StartException(cannotListen(settings, cannot), cannot);
        }
        return url(settings, wiring.http().port());
    }

    private static String cannotListen(Settings settings, RuntimeException cannot) {
        for (Throwable cause = cannot; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return "Port " + settings.port() + " of " + settings.host() + " cannot be listened on ("
                        + cause.getMessage() + "). Stop what uses it, or take another: aistrale serve --port "
                        + (settings.port() + 1);
            }
        }
        return "The server cannot listen on " + settings.host() + ":" + settings.port() + ": " + cannot.getMessage();
    }

    private static String url(Settings settings, int port) {
        var host = settings.host();
        var reachable = host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
        return "http://" + (reachable.contains(":") && !reachable.startsWith("[") ? "[" + reachable + "]" : reachable)
                + ":" + port;
    }

    private static void stop(Wiring wiring, Settings settings) {
        LOG.info(
                "stopping: finishing what runs, at most {} ms", settings.grace().toMillis());
        try {
            wiring.drain();
            ServerFile.delete(settings.dataDir());
            wiring.close();
            LOG.info("stopped");
            Runtime.getRuntime().halt(0); // a graceful stop is a success; else java ends with 143
        } catch (IOException broken) {
            LOG.warn("stopping: {}", broken.toString());
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
