@NullMarked
package com.aistrale.server.telemetry.summary;

import org.jspecify.annotations.NullMarked;
