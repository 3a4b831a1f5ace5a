/** Where webhooks may go: what a URL names, and which addresses a server lets itself be sent to. */
@NullMarked
package com.aistrale.server.webhooks.target;

import org.jspecify.annotations.NullMarked;
