/** What can be made to go wrong: by the model's name, by a header, or by a script. */
@NullMarked
package com.aistrale.emulator.fault;

import org.jspecify.annotations.NullMarked;
