/** HTTP/1.1 over raw sockets, so that a cut is a cut and a client that leaves is noticed at once. */
@NullMarked
package com.aistrale.emulator.http;

import org.jspecify.annotations.NullMarked;
