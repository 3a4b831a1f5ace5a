/** Gemini's generateContent API. */
@NullMarked
package com.aistrale.server.providers.gemini;

import org.jspecify.annotations.NullMarked;
