/** Anthropic's Messages API. */
@NullMarked
package com.aistrale.server.providers.anthropic;

import org.jspecify.annotations.NullMarked;
