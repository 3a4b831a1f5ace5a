/** Records counted: by group, by time, with exact percentiles. */
@NullMarked
package com.aistrale.server.telemetry.summary;

import org.jspecify.annotations.NullMarked;
