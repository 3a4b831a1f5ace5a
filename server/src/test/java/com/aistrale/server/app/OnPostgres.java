package com.aistrale.server.app;

import com.aistrale.server.kit.sql.DatabaseUrl;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.PostgresServer;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The servers of this class keep their data in PostgreSQL: one database for each data directory. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(OnPostgres.Switch.class)
public @interface OnPostgres {
    /** Turns it on and off; test classes run one after the other. */
    final class Switch implements BeforeAllCallback, AfterAllCallback {
        private static volatile @Nullable Map<Path, DatabaseUrl> databases;

        @Override
        public void beforeAll(ExtensionContext context) {
            databases = new ConcurrentHashMap<>();
        }

        @Override
        public void afterAll(ExtensionContext context) {
            databases = null;
        }

        /** The database of this data directory, as text with its password; null on SQLite. */
        static @Nullable String url(Path dataDir) {
            var known = databases;
            return known == null ? null : PostgresServer.shared().text(known.computeIfAbsent(dataDir, Switch::fresh));
        }

        private static DatabaseUrl fresh(Path dataDir) {
            try {
                return PostgresServer.shared().fresh();
            } catch (SQLException broken) {
                throw new IllegalStateException(broken);
            }
        }

        static OtherConnection connect(Path dataDir) throws SQLException {
            return PostgresServer.shared().connect(DatabaseUrl.parse(String.valueOf(url(dataDir))));
        }
    }
}
