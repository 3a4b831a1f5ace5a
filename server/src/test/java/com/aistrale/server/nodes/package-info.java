@NullMarked
package com.aistrale.server.nodes;

import org.jspecify.annotations.NullMarked;
