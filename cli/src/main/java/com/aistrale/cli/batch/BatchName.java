package com.aistrale.cli.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.cli.batch.BatchException.Why;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The name of a batch that was given none: made once, and kept beside the results until every line has its answer. So a run that was
 * killed is gone on with under its name, and one that begins anew is another one, whose answers are its own.
 */
record BatchName(String name, Path file) {

    /** Only who holds the results' lock asks. */
    static BatchName of(Path results) {
        var file = results.resolveSibling("." + results.getFileName() + ".batch");
        try {
            if (Files.exists(file)) {
                var name = Files.readString(file).strip();
                if (!name.isEmpty()) {
                    return new BatchName(name, file);
                }
            }
            var name = UUID.randomUUID().toString();
            try (var channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                var bytes = ByteBuffer.wrap((name + "\n").getBytes(UTF_8));
                while (bytes.hasRemaining()) {
                    var count = channel.write(bytes);
                    assert count >= 0;
                }
                channel.force(true);
            }
            return new BatchName(name, file);
        } catch (IOException e) {
            throw new BatchException(
                    Why.FILES,
                    "Cannot write " + file + ": " + Results.reason(e),
                    "Look at the folder's rights and the room on the disk, or name another place: -o FILE");
        }
    }

    void forget() throws IOException {
        Files.deleteIfExists(file);
    }
}
