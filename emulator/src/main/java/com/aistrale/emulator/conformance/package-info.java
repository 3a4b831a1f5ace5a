/**
 * The fault server of {@code contract/scenarios/}: plays what a server answers, on a port of its own for each scenario, and
 * judges what a client made of it. The format is described in {@code contract/scenarios/README.md}.
 *
 * <pre>
 * Conformance ─► Play ─► Script ─► Step ─► Delivery      what the server says
 *                 │  └─► Relay ─► Drift                  what a real one says instead
 *                 └────► Verdict ─► Matching             what the client made of it
 * </pre>
 */
@NullMarked
package com.aistrale.emulator.conformance;

import org.jspecify.annotations.NullMarked;
