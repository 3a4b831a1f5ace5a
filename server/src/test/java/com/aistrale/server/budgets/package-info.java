@NullMarked
package com.aistrale.server.budgets;

import org.jspecify.annotations.NullMarked;
