package com.aistrale.cli;

import com.aistrale.Aistrale;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code aistrale export}: everything that a workspace has, in open formats. */
@Command(
        name = "export",
        header = "Write everything that the workspace has into a folder, in open formats.",
        description = {
            "Prompts with all their versions (JSON and Dotprompt), every inference, every span, the audit log, the settings,",
            "and lists of keys, tokens and providers without their secrets. manifest.json is written last: where it is, all",
            "is there. An export that breaks off has a file INCOMPLETE instead, and ends with another exit code than 0.",
            "Only an admin's key may."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale export everything/",
            "  aistrale export research/ --workspace ws_01k9…   another workspace, by the server's operator"
        })
final class ExportCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "DIR", description = "A folder that is empty or not there yet.")
    private Path folder = Path.of(".");

    @Mixin
    private Formats formats = new Formats();

    ExportCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        checkEmpty();
        var client = session.connected();
        var io = session.io();
        var export = new WorkspaceExport(client, new ExportFolder(folder), io);
        var files = export.write(Aistrale.VERSION, Instant.now());
        var records = Records.<ExportFolder.Written>own()
                .text("FILE", "file", ExportFolder.Written::path)
                .number("RECORDS", "records", ExportFolder.Written::records)
                .number("BYTES", "bytes", ExportFolder.Written::bytes);
        formats.list(io, records, files, "");
        io.note("Everything is in " + folder + ". README.md there says what is what.");
        return Exit.OK;
    }

    private void checkEmpty() {
        try {
            if (Files.exists(folder)) {
                try (var there = Files.newDirectoryStream(folder)) {
                    if (there.iterator().hasNext()) {
                        throw new CliException(
                                Io.line(folder.toString()) + " is not empty, and nothing in it is to be overwritten.",
                                "Name another folder.",
                                Exit.USAGE);
                    }
                }
            }
        } catch (NotDirectoryException e) {
            throw new CliException(
                    Io.line(folder.toString()) + " is a file and no folder.", "Name another one.", Exit.USAGE);
        } catch (IOException e) {
            throw WholeFile.cannot(folder, e);
        }
    }
}
