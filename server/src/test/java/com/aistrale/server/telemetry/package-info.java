@NullMarked
package com.aistrale.server.telemetry;

import org.jspecify.annotations.NullMarked;
