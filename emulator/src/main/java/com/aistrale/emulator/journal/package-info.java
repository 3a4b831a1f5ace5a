/** What was asked, and whether the client stayed for the answer. */
@NullMarked
package com.aistrale.emulator.journal;

import org.jspecify.annotations.NullMarked;
