/** Ask a model: the request, the port to providers, routing, the durable record around a call. */
@NullMarked
package com.aistrale.server.inference;

import org.jspecify.annotations.NullMarked;
