package com.aistrale.cli.batch;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An input, read from its beginning to its end, one entry at a time. */
interface Source extends Closeable {
    /** The next entry, or null at the end. */
    @Nullable
    Entry next() throws IOException;

    /** The columns that every entry has, null where each has fields of its own. */
    @Nullable
    List<String> columns();
}
