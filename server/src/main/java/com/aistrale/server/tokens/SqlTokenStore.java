package com.aistrale.server.tokens;

import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.tokens.Token.SetAside;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Provider tokens in their table, and the default model in the workspace's row. */
final class SqlTokenStore {
    private static final String TOKEN = """
            SELECT id, workspace_id, provider, name, last_four, weight, created_at, set_aside_at, set_aside_reason
            FROM provider_token\s""";

    /** A sealed token and the id of its row, which is part of what it is sealed for. */
    record Sealed(
            String id, byte[] sealed, int weight, @Nullable Instant setAsideAt) {}

    void add(Tx tx, Token token, byte[] sealed) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO provider_token (id, workspace_id, provider, name, sealed, last_four, weight, created_at)
                        VALUES (:id, :workspace, :provider, :name, :sealed, :lastFour, :weight, :created)
                        """)
                .bind("id", token.id())
                .bind("workspace", token.workspaceId())
                .bind("provider", token.provider())
                .bind("name", token.name())
                .bind("sealed", sealed)
                .bind("lastFour", token.lastFour())
                .bind("weight", token.weight())
                .bind("created", token.createdAt().toEpochMilli())
                .execute();
    }

    void describe(Tx tx, Token token) {
        tx.handle()
                .createUpdate("""
                        UPDATE provider_token SET name = :name, weight = :weight
                        WHERE workspace_id = :workspace AND id = :id
                        """)
                .bind("name", token.name())
                .bind("weight", token.weight())
                .bind("workspace", token.workspaceId())
                .bind("id", token.id())
                .execute();
    }

    /** Another secret, which nobody refused yet. */
    void replace(Tx tx, Token token, byte[] sealed) {
        tx.handle()
                .createUpdate("""
                        UPDATE provider_token SET sealed = :sealed, last_four = :lastFour, set_aside_at = NULL,
                          set_aside_reason = NULL
                        WHERE workspace_id = :workspace AND id = :id
                        """)
                .bind("sealed", sealed)
                .bind("lastFour", token.lastFour())
                .bind("workspace", token.workspaceId())
                .bind("id", token.id())
                .execute();
    }

    boolean delete(Tx tx, String workspaceId, String id) {
        return tx.handle()
                        .createUpdate("DELETE FROM provider_token WHERE workspace_id = :workspace AND id = :id")
                        .bind("workspace", workspaceId)
                        .bind("id", id)
                        .execute()
                == 1;
    }

    Optional<Token> byId(Tx tx, String workspaceId, String id) {
        return tx.handle()
                .createQuery(TOKEN + "WHERE workspace_id = :workspace AND id = :id")
                .bind("workspace", workspaceId)
                .bind("id", id)
                .map((row, context) -> token(row))
                .findFirst();
    }

    List<Token> all(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery(TOKEN + "WHERE workspace_id = :workspace ORDER BY id DESC")
                .bind("workspace", workspaceId)
                .map((row, context) -> token(row))
                .list();
    }

    /** The providers of the tokens, the first token's first. */
    List<String> providers(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery("SELECT provider FROM provider_token WHERE workspace_id = :workspace ORDER BY id")
                .bind("workspace", workspaceId)
                .mapTo(String.class)
                .list();
    }

    int deleteBatch(Tx tx, String workspaceId, int most) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM provider_token WHERE id IN
                          (SELECT id FROM provider_token WHERE workspace_id = :workspace ORDER BY id LIMIT :most)
                        """)
                .bind("workspace", workspaceId)
                .bind("most", most)
                .execute();
    }

    /** Those of a provider. */
    List<Sealed> sealed(Tx tx, String workspaceId, String provider) {
        return tx.handle()
                .createQuery("""
                        SELECT id, sealed, weight, set_aside_at FROM provider_token
                        WHERE workspace_id = :workspace AND provider = :provider ORDER BY id
                        """)
                .bind("workspace", workspaceId)
                .bind("provider", provider)
                .map((row, context) -> new Sealed(row.getString(1), row.getBytes(2), row.getInt(3), time(row, 4)))
                .list();
    }

    /** @param sealed the secret that was refused: another one in its place was not */
    void setAside(Tx tx, String workspaceId, String id, byte[] sealed, SetAside setAside) {
        tx.handle()
                .createUpdate("""
                        UPDATE provider_token SET set_aside_at = :at, set_aside_reason = :reason
                        WHERE workspace_id = :workspace AND id = :id AND sealed = :sealed
                        """)
                .bind("at", setAside.at().toEpochMilli())
                .bind("reason", setAside.reason())
                .bind("workspace", workspaceId)
                .bind("id", id)
                .bind("sealed", sealed)
                .execute();
    }

    void takeBack(Tx tx, String workspaceId, String id, byte[] sealed) {
        tx.handle()
                .createUpdate("""
                        UPDATE provider_token SET set_aside_at = NULL, set_aside_reason = NULL
                        WHERE workspace_id = :workspace AND id = :id AND sealed = :sealed
                        """)
                .bind("workspace", workspaceId)
                .bind("id", id)
                .bind("sealed", sealed)
                .execute();
    }

    @Nullable
    String defaultModel(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery("SELECT default_model FROM workspace WHERE id = :id AND default_model IS NOT NULL")
                .bind("id", workspaceId)
                .mapTo(String.class)
                .findFirst()
                .orElse(null);
    }

    /** Pins the default model unless one is pinned. */
    void pinDefaultModel(Tx tx, String workspaceId, String model) {
        tx.handle()
                .createUpdate("UPDATE workspace SET default_model = :model WHERE id = :id AND default_model IS NULL")
                .bind("model", model)
                .bind("id", workspaceId)
                .execute();
    }

    void setDefaultModel(Tx tx, String workspaceId, @Nullable String model) {
        tx.handle()
                .createUpdate("UPDATE workspace SET default_model = :model WHERE id = :id")
                .bind("model", model)
                .bind("id", workspaceId)
                .execute();
    }

    boolean hadCredential(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM workspace WHERE id = :id AND had_credential = 1")
                .bind("id", workspaceId)
                .mapTo(Integer.class)
                .one()
                .equals(1);
    }

    void noteCredential(Tx tx, String workspaceId) {
        tx.handle()
                .createUpdate("UPDATE workspace SET had_credential = 1 WHERE id = :id AND had_credential = 0")
                .bind("id", workspaceId)
                .execute();
    }

    private static Token token(ResultSet row) throws SQLException {
        var setAsideAt = time(row, 8);
        return new Token(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getInt(6),
                Instant.ofEpochMilli(row.getLong(7)),
                setAsideAt == null ? null : new SetAside(setAsideAt, row.getString(9)));
    }

    private static @Nullable Instant time(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }
}
