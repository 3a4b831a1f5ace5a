/** Identifiers: a prefix and a UUIDv7 in lower-case Crockford base32. */
@NullMarked
package com.aistrale.server.kit.ids;

import org.jspecify.annotations.NullMarked;
