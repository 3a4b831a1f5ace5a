@NullMarked
package com.aistrale.cli.batch;

import org.jspecify.annotations.NullMarked;
