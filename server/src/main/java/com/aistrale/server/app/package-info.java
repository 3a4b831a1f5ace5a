/** The program: settings, the composition root, start and stop. */
@NullMarked
package com.aistrale.server.app;

import org.jspecify.annotations.NullMarked;
