@NullMarked
package com.aistrale.server.wire.openai;

import org.jspecify.annotations.NullMarked;
