@NullMarked
package com.aistrale;

import org.jspecify.annotations.NullMarked;
