/** Providers and their credentials: provider tokens, encrypted at rest. */
@NullMarked
package com.aistrale.server.tokens;

import org.jspecify.annotations.NullMarked;
