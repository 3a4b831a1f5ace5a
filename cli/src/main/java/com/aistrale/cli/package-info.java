/** The command line. It speaks to the server only through the Java SDK. */
@NullMarked
package com.aistrale.cli;

import org.jspecify.annotations.NullMarked;
