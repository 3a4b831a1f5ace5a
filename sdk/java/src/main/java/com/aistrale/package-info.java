/**
 * AISTRALE's Java client: {@code new Aistrale().run("Hello, world!")}. Start at {@link com.aistrale.Aistrale}.
 *
 * <p>No reference is null unless it is marked {@link org.jspecify.annotations.Nullable}. All failures are unchecked and descend from
 * {@link com.aistrale.AistraleException}.
 */
@NullMarked
package com.aistrale;

import org.jspecify.annotations.NullMarked;
