/** Secrets that do not print themselves, and envelope encryption. */
@NullMarked
package com.aistrale.server.kit.crypto;

import org.jspecify.annotations.NullMarked;
