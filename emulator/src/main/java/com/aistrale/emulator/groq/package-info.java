/** Groq's variant of OpenAI's wire format. */
@NullMarked
package com.aistrale.emulator.groq;

import org.jspecify.annotations.NullMarked;
