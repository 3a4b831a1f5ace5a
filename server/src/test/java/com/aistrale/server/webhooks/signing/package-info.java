@NullMarked
package com.aistrale.server.webhooks.signing;

import org.jspecify.annotations.NullMarked;
