/** Conversations at a terminal. Nothing of this is loaded by another command, and nothing else of the command line knows of JLine. */
@NullMarked
package com.aistrale.cli.chat;

import org.jspecify.annotations.NullMarked;
