@NullMarked
package com.aistrale.server.app;

import org.jspecify.annotations.NullMarked;
