@NullMarked
package com.aistrale.server.telemetry.traces;

import org.jspecify.annotations.NullMarked;
