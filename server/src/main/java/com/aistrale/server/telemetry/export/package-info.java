/** All records in one answer, to keep and to take elsewhere. */
@NullMarked
package com.aistrale.server.telemetry.export;

import org.jspecify.annotations.NullMarked;
