/** The built-in demo answer, which says that it is one. */
@NullMarked
package com.aistrale.server.providers.demo;

import org.jspecify.annotations.NullMarked;
