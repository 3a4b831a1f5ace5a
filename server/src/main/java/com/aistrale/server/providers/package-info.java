/** The upstream formats: a package each, and what all of them share. */
@NullMarked
package com.aistrale.server.providers;

import org.jspecify.annotations.NullMarked;
