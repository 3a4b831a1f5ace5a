@NullMarked
package com.aistrale.server.providers;

import org.jspecify.annotations.NullMarked;
