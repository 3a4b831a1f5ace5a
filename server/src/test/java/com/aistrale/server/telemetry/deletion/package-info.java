@NullMarked
package com.aistrale.server.telemetry.deletion;

import org.jspecify.annotations.NullMarked;
