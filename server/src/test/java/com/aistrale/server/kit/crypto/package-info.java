@NullMarked
package com.aistrale.server.kit.crypto;

import org.jspecify.annotations.NullMarked;
