package com.aistrale.emulator.fault;

import java.util.Set;

/**
 * What a request shows to the scripts.
 *
 * @param model as the client sent it; empty where a request has none
 * @param keys the fingerprints of all credentials that it carries
 */
public record Asked(String method, String path, String model, Set<String> keys, String body) {
    public Asked {
        keys = Set.copyOf(keys);
    }
}
