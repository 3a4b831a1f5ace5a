/** Where a request goes when it could go several ways: aliases, the retry schedule, circuits, providers' health. */
@NullMarked
package com.aistrale.server.routing;

import org.jspecify.annotations.NullMarked;
