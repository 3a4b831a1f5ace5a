/** A fake OpenAI, Anthropic, Gemini, Groq, Hugging Face and Ollama for tests: strict, scripted, on loopback. */
@NullMarked
package com.aistrale.emulator;

import org.jspecify.annotations.NullMarked;
