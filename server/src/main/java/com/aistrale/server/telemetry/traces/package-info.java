/** Traces: the steps of a caller's program, told by the caller, around the inferences that ran among them. */
@NullMarked
package com.aistrale.server.telemetry.traces;

import org.jspecify.annotations.NullMarked;
