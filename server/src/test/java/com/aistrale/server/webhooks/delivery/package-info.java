@NullMarked
package com.aistrale.server.webhooks.delivery;

import org.jspecify.annotations.NullMarked;
