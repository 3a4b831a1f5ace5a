/** Remembering what is costly to find out again. */
@NullMarked
package com.aistrale.server.kit.memo;

import org.jspecify.annotations.NullMarked;
