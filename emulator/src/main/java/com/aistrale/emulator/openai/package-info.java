/** OpenAI's wire format, and the parts its imitators share. */
@NullMarked
package com.aistrale.emulator.openai;

import org.jspecify.annotations.NullMarked;
