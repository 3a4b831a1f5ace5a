package com.aistrale.server.inference;

import com.aistrale.server.kit.problem.Problem;

/**
 * Who would be asked if this server could: a provider without a credential or an address.
 *
 * @param provider {@link #NOBODY} where no provider is known for the model
 * @param why what to do about it
 */
record Unreachable(String provider, String model, Problem why) implements Step {
    static final String NOBODY = "unknown";
}
