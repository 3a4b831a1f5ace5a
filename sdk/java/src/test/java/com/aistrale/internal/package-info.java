@NullMarked
package com.aistrale.internal;

import org.jspecify.annotations.NullMarked;
