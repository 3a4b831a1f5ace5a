/** What an inference costs: usage, prices, the catalogue of models. Money is integer nano-dollars, never a float. */
@NullMarked
package com.aistrale.server.pricing;

import org.jspecify.annotations.NullMarked;
