/** The database: one writer with group commit, a few readers, migrations. */
@NullMarked
package com.aistrale.server.kit.sql;

import org.jspecify.annotations.NullMarked;
