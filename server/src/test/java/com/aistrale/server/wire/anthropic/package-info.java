@NullMarked
package com.aistrale.server.wire.anthropic;

import org.jspecify.annotations.NullMarked;
