@NullMarked
package com.aistrale.server.kit.json;

import org.jspecify.annotations.NullMarked;
