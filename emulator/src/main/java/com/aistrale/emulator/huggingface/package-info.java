/** The variant of OpenAI's wire format that Hugging Face's router speaks. */
@NullMarked
package com.aistrale.emulator.huggingface;

import org.jspecify.annotations.NullMarked;
