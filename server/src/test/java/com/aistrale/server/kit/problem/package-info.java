@NullMarked
package com.aistrale.server.kit.problem;

import org.jspecify.annotations.NullMarked;
