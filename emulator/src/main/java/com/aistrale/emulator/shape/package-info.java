/** The shape a request must have, and the list of ways in which one does not. */
@NullMarked
package com.aistrale.emulator.shape;

import org.jspecify.annotations.NullMarked;
