@NullMarked
package com.aistrale.cli;

import org.jspecify.annotations.NullMarked;
