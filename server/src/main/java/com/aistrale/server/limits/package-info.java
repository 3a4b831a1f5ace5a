/** How fast an API key may go: requests and tokens per minute, shared by all nodes. */
@NullMarked
package com.aistrale.server.limits;

import org.jspecify.annotations.NullMarked;
