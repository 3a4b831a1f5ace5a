/** The record of every inference. */
@NullMarked
package com.aistrale.server.telemetry;

import org.jspecify.annotations.NullMarked;
