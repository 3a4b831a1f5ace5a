/** Every upstream that speaks OpenAI's chat-completions format. */
@NullMarked
package com.aistrale.server.providers.compatible;

import org.jspecify.annotations.NullMarked;
