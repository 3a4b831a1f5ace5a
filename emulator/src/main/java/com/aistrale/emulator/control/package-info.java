/** The control endpoints below /_emulator. */
@NullMarked
package com.aistrale.emulator.control;

import org.jspecify.annotations.NullMarked;
