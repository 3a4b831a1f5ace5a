@NullMarked
package com.aistrale.server.pricing;

import org.jspecify.annotations.NullMarked;
