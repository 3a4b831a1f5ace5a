/** The outbox: events appended in the transaction that causes them. */
@NullMarked
package com.aistrale.server.events;

import org.jspecify.annotations.NullMarked;
