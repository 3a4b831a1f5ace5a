/** Gemini's wire format. */
@NullMarked
package com.aistrale.emulator.gemini;

import org.jspecify.annotations.NullMarked;
