/** The models that can be asked, told to clients of OpenAI's format and of Anthropic's. */
@NullMarked
package com.aistrale.server.wire.models;

import org.jspecify.annotations.NullMarked;
