@NullMarked
package com.aistrale.server.prompts;

import org.jspecify.annotations.NullMarked;
