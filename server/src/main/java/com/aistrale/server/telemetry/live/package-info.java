/** Records as they come to their end, told to who listens. */
@NullMarked
package com.aistrale.server.telemetry.live;

import org.jspecify.annotations.NullMarked;
