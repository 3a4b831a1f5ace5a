/** What goes wrong, as values: the error catalogue of {@code contract/problems.yaml} and problem+json. */
@NullMarked
package com.aistrale.server.kit.problem;

import org.jspecify.annotations.NullMarked;
