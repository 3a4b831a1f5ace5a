package com.aistrale.server.kit.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {
    @Test
    void everyPartIsRead() {
        var url = DatabaseUrl.parse(
                "postgresql://me%40corp:p%2Fw%3A+%25@db.example:5433/my%20db?sslmode=verify-full&connect_timeout=7");

        assertThat(url.jdbc()).isEqualTo("jdbc:postgresql://db.example:5433/my+db");
        assertThat(url.properties(Map.of("connectTimeout", "5", "socketTimeout", "9")))
                .isEqualTo(Map.of(
                        "user", "me@corp",
                        "password", "p/w:+%",
                        "sslmode", "verify-full",
                        "connectTimeout", "7",
                        "socketTimeout", "9"));
        assertThat(url).hasToString("postgresql://me@corp@db.example:5433/my db");
    }

    @Test
    void userAndPasswordMayBeOptions() {
        var url = DatabaseUrl.parse("postgres://[::1]:5432,b.example/x?user=me&password=secret");

        assertThat(url.jdbc()).isEqualTo("jdbc:postgresql://[::1]:5432,b.example/x");
        assertThat(url.properties(Map.of())).isEqualTo(Map.of("user", "me", "password", "secret"));
        assertThat(url).hasToString("postgresql://me@[::1]:5432,b.example/x");
    }

    @Test
    void withoutADatabaseItIsTheUsers() {
        assertThat(DatabaseUrl.parse("postgresql://me@db").jdbc()).isEqualTo("jdbc:postgresql://db/me");
        assertThatThrownBy(() -> DatabaseUrl.parse("postgresql://db"))
                .hasMessage("the URL names no database: postgresql://host/database");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "db",
                "http://db/x",
                "postgresql:///x",
                "postgresql://db:99999/x",
                "postgresql://db:/x",
                "postgresql://me:pass/word@db/x",
                "postgresql://db/x#y",
                "jdbc:postgresql://db/x"
            })
    void anythingElseIsRefusedWithWhatWasExpected(String text) {
        assertThatThrownBy(() -> DatabaseUrl.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a URL such as postgresql://user:password@host:5432/database was expected");
    }

    @ParameterizedTest
    @CsvSource({"sslmod, sslmode", "connect_timeut, connect_timeout"})
    void anUnknownOptionIsNamedWithTheNearest(String wrong, String right) {
        assertThatThrownBy(() -> DatabaseUrl.parse("postgresql://db/x?" + wrong + "=1"))
                .hasMessage("`" + wrong + "` is no option of a PostgreSQL URL; did you mean `" + right + "`?");
    }
}
