@NullMarked
package com.aistrale.server.kit.memo;

import org.jspecify.annotations.NullMarked;
