package com.aistrale.server.inference;

/** Takes a stream's pieces, in order, on one thread. */
@FunctionalInterface
public interface ChunkSink {
    void accept(Chunk chunk);
}
