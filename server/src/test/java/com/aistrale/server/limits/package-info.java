@NullMarked
package com.aistrale.server.limits;

import org.jspecify.annotations.NullMarked;
