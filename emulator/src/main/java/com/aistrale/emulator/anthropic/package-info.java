/** Anthropic's wire format. */
@NullMarked
package com.aistrale.emulator.anthropic;

import org.jspecify.annotations.NullMarked;
