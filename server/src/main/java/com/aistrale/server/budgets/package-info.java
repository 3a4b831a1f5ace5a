/** How much may be spent: by whom, on what, in which period; reservations, settlement, thresholds. */
@NullMarked
package com.aistrale.server.budgets;

import org.jspecify.annotations.NullMarked;
