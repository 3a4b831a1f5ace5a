@NullMarked
package com.aistrale.server.telemetry.export;

import org.jspecify.annotations.NullMarked;
