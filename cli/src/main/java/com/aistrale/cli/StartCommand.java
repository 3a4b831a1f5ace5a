package com.aistrale.cli;

import java.net.URI;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code aistrale start}: the local server in the background, as {@code run} starts it. */
@Command(
        name = "start",
        header = "Start the local server in the background, unless one answers.",
        description = {
            "Prints where it answers, once it does. Other commands start it by themselves; this is for programs and logins that want it to be",
            "there. It stays until aistrale stop, or the end of the machine."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  aistrale start", "  AISTRALE_API_URL=http://127.0.0.1:17000 aistrale start"})
final class StartCommand implements Callable<Integer> {
    private final Session session;

    StartCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var url = session.settings().apiUrl();
        session.local().ensure(url);
        var uri = URI.create(url);
        if (!LocalServer.isLocal(uri)) {
            throw new CliException(
                    Io.line(url) + " is not on this machine: no server is started there from here.",
                    "Start one here with --api-url http://127.0.0.1:16000, or there with aistrale serve.",
                    Exit.USAGE);
        }
        if (!LocalServer.listens(uri)) {
            throw new CliException(
                    "The launcher that starts the server is not known.", "Name it: AISTRALE_LAUNCHER.", Exit.FAILED);
        }
        session.io().out().println(Io.line(url));
        return Exit.OK;
    }
}
