@NullMarked
package com.aistrale.server.metrics;

import org.jspecify.annotations.NullMarked;
