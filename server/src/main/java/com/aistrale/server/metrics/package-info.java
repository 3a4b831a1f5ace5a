/** What the server counts and measures of itself, told to who watches it. */
@NullMarked
package com.aistrale.server.metrics;

import org.jspecify.annotations.NullMarked;
