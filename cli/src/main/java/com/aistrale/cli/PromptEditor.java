package com.aistrale.cli;

import com.aistrale.PromptVersion;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A prompt in the user's editor, as the Dotprompt file that it is. */
record PromptEditor(Session session) {

    /** The version that came of it; null where nothing was changed. What the server refuses stays in a file that is named. */
    @Nullable
    PromptVersion edit(PromptName name) {
        var prompts = session.connected().prompts();
        var before = prompts.exportDotprompt(name.ref());
        try {
            var file = Files.createTempFile(name.name() + "-", ".prompt");
            Files.writeString(file, before);
            open(file);
            var after = Files.readString(file);
            if (after.equals(before)) {
                Files.delete(file);
                return null;
            }
            session.io().note("Sending " + file);
            var imported = prompts.importDotprompt(name.name(), after);
            Files.delete(file);
            return imported.created() ? imported.version() : null;
        } catch (IOException e) {
            throw new CliException(
                    "The editor's file cannot be read or written: " + Io.line(e.toString()),
                    "Look at the folder for temporary files, or use -f: aistrale prompts update --help",
                    Exit.FAILED);
        }
    }

    private void open(Path file) throws IOException {
        var env = session.io().env();
        var editor = env.getOrDefault("VISUAL", env.getOrDefault("EDITOR", "vi"));
        var process = new ProcessBuilder("sh", "-c", editor + " \"$0\"", file.toString())
                .redirectInput(Redirect.INHERIT)
                .redirectOutput(Redirect.INHERIT)
                .redirectError(Redirect.INHERIT)
                .start();
        try {
            if (process.waitFor() != 0) {
                throw new CliException(
                        "The editor \"" + Io.line(editor) + "\" ended with code " + process.exitValue()
                                + ", so nothing was sent. The file is " + file + ".",
                        "Name another one: VISUAL or EDITOR.",
                        Exit.FAILED);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException("Interrupted while the editor was open: nothing was sent.", "", Exit.FAILED);
        }
    }
}
