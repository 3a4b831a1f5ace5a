/** The inside of the SDK. Nothing here is part of its interface: it may change with every version. */
@NullMarked
package com.aistrale.internal;

import org.jspecify.annotations.NullMarked;
