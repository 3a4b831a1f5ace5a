/** The emulator by its front door: HTTP, raw sockets, its program and its Java API. */
@NullMarked
package com.aistrale.emulator;

import org.jspecify.annotations.NullMarked;
