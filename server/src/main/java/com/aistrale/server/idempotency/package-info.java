/** Requests that are sent again get the same answer: claims by Idempotency-Key, kept answers, streams that go on. */
@NullMarked
package com.aistrale.server.idempotency;

import org.jspecify.annotations.NullMarked;
