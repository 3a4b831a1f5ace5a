package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Standard output, which remembers why it cannot be written any more. In UTF-8 whatever the locale says, so that a pipe carries what the model wrote. */
final class StandardOut extends PrintStream {
    private static final int FILE_TYPE = 0xF000;
    private static final int PIPE = 0x1000;
    private static final int SOCKET = 0xC000;
    private final Watched watched;

    StandardOut() {
        this(new FileOutputStream(FileDescriptor.out));
    }

    StandardOut(OutputStream to) {
        this(new Watched(to));
    }

    private StandardOut(Watched watched) {
        super(watched, false, UTF_8);
        this.watched = watched;
    }

    /** What went wrong, other than that nobody wants to read on: a full disk, say. */
    Optional<IOException> failure() {
        checkError();
        return Optional.ofNullable(watched.failure).filter(failure -> !isLeft(failure));
    }

    /** Whether the reader went away, as {@code head} does. That is no failure. */
    private static boolean isLeft(IOException failure) {
        if (String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT).contains("pipe")) {
            return true;
        }
        try { // the system may say it in another language
            var mode = (Integer) Files.getAttribute(Path.of("/dev/stdout"), "unix:mode") & FILE_TYPE;
            return mode == PIPE || mode == SOCKET;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false;
        }
    }

    private static final class Watched extends OutputStream {
        private final OutputStream to;
        private volatile @Nullable IOException failure;

        Watched(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                to.write(bytes, offset, length);
            } catch (IOException e) {
                failure = failure == null ? e : failure;
                throw e;
            }
        }
    }
}
