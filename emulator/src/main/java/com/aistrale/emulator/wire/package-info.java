/** What every wire format shares: replies, refusals, keys, and the way an answer goes out. */
@NullMarked
package com.aistrale.emulator.wire;

import org.jspecify.annotations.NullMarked;
