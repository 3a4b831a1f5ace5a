@NullMarked
package com.aistrale.server.webhooks.target;

import org.jspecify.annotations.NullMarked;
