/** Ollama: its own listing of models, and its variant of OpenAI's wire format. */
@NullMarked
package com.aistrale.emulator.ollama;

import org.jspecify.annotations.NullMarked;
