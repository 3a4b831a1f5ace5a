/** Prompts: named templates with immutable numbered versions and movable labels. */
@NullMarked
package com.aistrale.server.prompts;

import org.jspecify.annotations.NullMarked;
