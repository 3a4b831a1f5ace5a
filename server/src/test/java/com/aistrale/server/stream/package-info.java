@NullMarked
package com.aistrale.server.stream;

import org.jspecify.annotations.NullMarked;
