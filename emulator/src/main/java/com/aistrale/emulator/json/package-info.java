/** Reading and writing JSON. */
@NullMarked
package com.aistrale.emulator.json;

import org.jspecify.annotations.NullMarked;
