/** Standard Webhooks 1.0.0, symmetric: secrets and the signature of what is sent. */
@NullMarked
package com.aistrale.server.webhooks.signing;

import org.jspecify.annotations.NullMarked;
