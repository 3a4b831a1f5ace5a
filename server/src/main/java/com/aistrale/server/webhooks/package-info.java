/** Events told to URLs that a workspace registered. */
@NullMarked
package com.aistrale.server.webhooks;

import org.jspecify.annotations.NullMarked;
