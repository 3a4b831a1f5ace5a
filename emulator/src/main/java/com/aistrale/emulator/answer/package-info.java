/** What the emulated model says: derived from the request and nothing else. */
@NullMarked
package com.aistrale.emulator.answer;

import org.jspecify.annotations.NullMarked;
