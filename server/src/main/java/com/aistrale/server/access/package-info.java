/** Who may call: workspaces and API keys. */
@NullMarked
package com.aistrale.server.access;

import org.jspecify.annotations.NullMarked;
