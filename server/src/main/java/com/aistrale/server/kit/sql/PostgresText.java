package com.aistrale.server.kit.sql;

import java.sql.Types;
import org.jdbi.v3.core.argument.AbstractArgumentFactory;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.config.ConfigRegistry;
import org.jspecify.annotations.Nullable;

/** Text for PostgreSQL, whose TEXT cannot hold the character 0: the replacement character stands in its place. */
public final class PostgresText extends AbstractArgumentFactory<String> {
    PostgresText() {
        super(Types.VARCHAR);
    }

    @Override
    protected Argument build(String value, ConfigRegistry config) {
        return (position, statement, context) -> statement.setString(position, storable(value));
    }

    /** The text as both databases can hold it. */
    public static @Nullable String storable(@Nullable String text) {
        return text == null || text.indexOf('\0') < 0 ? text : text.replace('\0', '\uFFFD');
    }
}
