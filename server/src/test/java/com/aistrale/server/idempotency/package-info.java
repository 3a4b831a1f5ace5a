@NullMarked
package com.aistrale.server.idempotency;

import org.jspecify.annotations.NullMarked;
