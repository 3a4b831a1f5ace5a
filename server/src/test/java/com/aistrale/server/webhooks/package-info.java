@NullMarked
package com.aistrale.server.webhooks;

import org.jspecify.annotations.NullMarked;
