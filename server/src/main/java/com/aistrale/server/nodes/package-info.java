/** The server processes on one database: who lives, what the gone left behind, and who works for all. */
@NullMarked
package com.aistrale.server.nodes;

import org.jspecify.annotations.NullMarked;
