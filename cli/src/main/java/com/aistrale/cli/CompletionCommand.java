package com.aistrale.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code aistrale completion}: what a shell needs to complete commands and options. */
@Command(
        name = "completion",
        header = "Print what makes a shell complete commands, options and their values.",
        footerHeading = "%nTo have it always:%n",
        footer = {
            "  bash   aistrale completion bash > ~/.local/share/bash-completion/completions/aistrale",
            "  zsh    aistrale completion zsh > ~/.zfunc/_aistrale        with ~/.zfunc in fpath before compinit",
            "  fish   aistrale completion fish > ~/.config/fish/completions/aistrale.fish",
            "",
            "Only here: source <(aistrale completion bash)"
        })
final class CompletionCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "SHELL", completionCandidates = OneOf.Shell.class, description = "bash, zsh or fish.")
    private String shell = "";

    CompletionCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var out = session.io().out();
        var asked = session.io().env().getOrDefault(KnownNames.ASKED, "");
        if (!asked.isEmpty()) {
            new KnownNames(session).of(asked).forEach(out::println);
            out.flush();
            return Exit.OK;
        }
        var places = CompletionPlace.of(new Cli(session.io(), session.local()).whole());
        out.print(
                switch (shell) {
                    case "bash" -> CompletionScripts.bash(places);
                    case "zsh" -> CompletionScripts.zsh(places);
                    default -> CompletionScripts.fish(places);
                });
        out.flush();
        return Exit.OK;
    }
}
