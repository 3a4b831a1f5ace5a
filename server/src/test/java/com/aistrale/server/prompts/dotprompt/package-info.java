@NullMarked
package com.aistrale.server.prompts.dotprompt;

import org.jspecify.annotations.NullMarked;
