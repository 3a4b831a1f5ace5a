/** What happens, told to who listens as it happens: server-sent events without an end. */
@NullMarked
package com.aistrale.server.stream;

import org.jspecify.annotations.NullMarked;
