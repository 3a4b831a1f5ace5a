package com.aistrale.emulator.wire;

import com.aistrale.emulator.answer.PrefixCache;
import com.aistrale.emulator.fault.Scripts;
import com.aistrale.emulator.journal.Journal;
import java.time.InstantSource;
import java.util.Set;

/**
 * What all wire formats of one emulator share.
 *
 * @param moreModels names that every provider takes besides its own
 */
public record World(
        Keys keys,
        Scripts scripts,
        Journal journal,
        PrefixCache cache,
        Ids ids,
        InstantSource clock,
        Set<String> moreModels) {
    public World {
        moreModels = Set.copyOf(moreModels);
    }

    /** Forgets what was asked, scripted and cached. */
    public void reset() {
        scripts.clear();
        journal.clear();
        cache.clear();
    }
}
