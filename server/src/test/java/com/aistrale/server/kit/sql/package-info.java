@NullMarked
package com.aistrale.server.kit.sql;

import org.jspecify.annotations.NullMarked;
