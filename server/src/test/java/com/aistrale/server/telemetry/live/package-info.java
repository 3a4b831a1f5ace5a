@NullMarked
package com.aistrale.server.telemetry.live;

import org.jspecify.annotations.NullMarked;
