@NullMarked
package com.aistrale.server.kit.ids;

import org.jspecify.annotations.NullMarked;
