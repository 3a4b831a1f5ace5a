@NullMarked
package com.aistrale.server.access;

import org.jspecify.annotations.NullMarked;
