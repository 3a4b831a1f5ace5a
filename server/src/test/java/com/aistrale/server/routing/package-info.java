@NullMarked
package com.aistrale.server.routing;

import org.jspecify.annotations.NullMarked;
