/** Text as terminals take it, and what stands in it that must not be shown or kept. */
@NullMarked
package com.aistrale.cli.text;

import org.jspecify.annotations.NullMarked;
