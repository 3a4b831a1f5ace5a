@NullMarked
package com.aistrale.server.inference;

import org.jspecify.annotations.NullMarked;
