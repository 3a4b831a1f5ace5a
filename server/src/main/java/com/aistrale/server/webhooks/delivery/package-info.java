/** Events on their way to webhooks: from the outbox to a receiver's 2xx, or to the end of all attempts. */
@NullMarked
package com.aistrale.server.webhooks.delivery;

import org.jspecify.annotations.NullMarked;
