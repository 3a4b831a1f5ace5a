package com.aistrale.server.limits;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.RateLimits;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.kit.sql.Unit;
import com.aistrale.server.telemetry.Condition;
import com.aistrale.server.telemetry.Ends;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How much each API key may run in a minute. An inference takes a request and the tokens that it may use, in the
 * transaction in which it begins, and where there is no room it does not begin; at its end its tokens are corrected to
 * those it used. All nodes take from the same buckets, by the latest time that any of them saw. Thread-safe.
 */
public final class Limits implements Ends {
    /** So many may run before it is looked whether there are any of which no end came. */
    private static final int MANY = 20_000;

    /** Longer than any inference runs. */
    private static final Duration LONG_AGO = Duration.ofDays(1);

    /** So many keys' levels are remembered. */
    private static final int KEYS = 10_000;

    private final Database database;
    private final InstantSource clock;
    private final ConcurrentHashMap<String, Taken> running = new ConcurrentHashMap<>();

    /** What this node last saw of a key. */
    private final ConcurrentHashMap<String, Level> seen = new ConcurrentHashMap<>();

    /** What an inference that runs has taken. */
    private record Taken(String apiKeyId, long tokens, Instant at) {}

    public Limits(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * That the caller's key may begin another inference.
     *
     * @param tokens how many it may use: more than fit into a minute count as all that do
     * @return null for a key without limits
     */
    public @Nullable Condition take(Caller caller, String inferenceId, long tokens) {
        var limits = caller.limits();
        return limits == null ? null : new Taking(caller.apiKeyId(), limits, inferenceId, tokens);
    }

    private final class Taking implements Condition {
        private final String apiKeyId;
        private final RateLimits limits;
        private final String inferenceId;
        private final long taken;

        Taking(String apiKeyId, RateLimits limits, String inferenceId, long tokens) {
            this.apiKeyId = apiKeyId;
            this.limits = limits;
            this.inferenceId = inferenceId;
            this.taken = Math.min(tokens, limits.tokensPerMinute() == null ? 0 : limits.tokensPerMinute());
        }

        @Override
        public void announce(Tx tx) {
            SqlKeyLimits.of(tx).want(apiKeyId);
        }

        @Override
        public @Nullable RuntimeException hold(Tx tx) throws SQLException {
            var rows = SqlKeyLimits.of(tx);
            var now = clock.instant();
            var before = rows.get(tx, apiKeyId);
            var level = before.at(Level.micros(now)).limitedTo(limits);
            long wait = level.roomIn(taken);
            if (wait > 0) {
                if (level.at() < before.at()) { // a clock that was set: from here it goes on
                    rows.put(apiKeyId, level);
                }
                running.remove(inferenceId); // of a batch that failed
                see(apiKeyId, level);
                wait += level.at() - Level.micros(now); // the clock went back: until then nothing refills
                return level.requests().roomIn(1) >= level.tokens().roomIn(taken)
                        ? outOfRequests(wait)
                        : outOfTokens(level.tokens().left(), wait);
            }
            var after = level.take(taken);
            rows.put(apiKeyId, after);
            see(apiKeyId, after);
            if (taken > 0) {
                remember(inferenceId, new Taken(apiKeyId, taken, now));
            }
            return null;
        }

        @Override
        public void giveBack(Tx tx) throws SQLException {
            running.remove(inferenceId);
            var rows = SqlKeyLimits.of(tx);
            var level = rows.get(tx, apiKeyId).giveBack(taken);
            rows.put(apiKeyId, level);
            see(apiKeyId, level);
        }

        private ProblemException outOfRequests(long micros) {
            return refusal(
                    "The API key " + apiKeyId + " may begin " + limits.requestsPerMinute()
                            + " requests a minute (requests_per_minute), and has. The next one may begin in "
                            + LimitTime.text(micros) + ".",
                    micros);
        }

        private ProblemException outOfTokens(long left, long micros) {
            return refusal(
                    "The API key " + apiKeyId + " may use " + limits.tokensPerMinute()
                            + " tokens a minute (tokens_per_minute), of which " + left
                            + " are left; this request may use " + taken + ". It may begin in "
                            + LimitTime.text(micros) + "; with a lower limit for its output it may use less.",
                    micros);
        }

        private static ProblemException refusal(String detail, long micros) {
            return Problem.of(ProblemCode.RATE_LIMITED, detail)
                    .withRetryAfter(Duration.ofMillis(Math.ceilDiv(micros, 1000)))
                    .exception();
        }
    }

    /** One whose begin could not be committed stays, which is why the old ones go. */
    private void remember(String inferenceId, Taken taken) {
        if (running.size() >= MANY) {
            running.values().removeIf(old -> old.at().isBefore(taken.at().minus(LONG_AGO)));
        }
        running.put(inferenceId, taken);
    }

    private void see(String apiKeyId, Level level) {
        if (seen.size() >= KEYS && !seen.containsKey(apiKeyId)) {
            seen.clear();
        }
        seen.merge(apiKeyId, level, (before, after) -> before.at() > after.at() ? before : after);
    }

    /** Of an inference that failed nothing stays taken but what it is known to have used. */
    @Override
    public @Nullable Unit of(InferenceRecord record) {
        var taken = running.remove(record.id());
        var result = record.result();
        if (taken == null || result == null) {
            return null;
        }
        var used = result.usage() == null ? null : result.usage().totalTokens();
        if (used == null && record.status() == Status.COMPLETED) {
            return null; // by what it may have used, for want of anything better
        }
        long more = (used == null ? 0 : used) - taken.tokens();
        return more == 0 ? null : new Correction(taken.apiKeyId(), more);
    }

    private final class Correction implements Unit {
        private final String apiKeyId;
        private final long moreTokens;

        Correction(String apiKeyId, long moreTokens) {
            this.apiKeyId = apiKeyId;
            this.moreTokens = moreTokens;
        }

        @Override
        public void announce(Tx tx) {
            SqlKeyLimits.of(tx).want(apiKeyId);
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            var rows = SqlKeyLimits.of(tx);
            var level = rows.find(tx, apiKeyId);
            if (level != null) { // else it went with its workspace
                var corrected = level.at(Level.micros(clock.instant())).correct(moreTokens);
                rows.put(apiKeyId, corrected);
                see(apiKeyId, corrected);
            }
        }
    }

    /**
     * What is told of a limited key with each answer, by the names that OpenAI gave them: its limits, what is left of
     * them, and when they are whole again, as this node last saw it. Empty for a key without limits.
     */
    public Map<String, String> headers(Caller caller) {
        var limits = caller.limits();
        if (limits == null) {
            return Map.of();
        }
        var known = seen.get(caller.apiKeyId());
        if (known == null) {
            known = database.read(tx -> SqlKeyLimits.committed(tx, caller.apiKeyId()))
                    .orElse(Level.UNUSED);
        }
        var level = known.at(Level.micros(clock.instant())).limitedTo(limits);
        var headers = new LinkedHashMap<String, String>();
        if (limits.requestsPerMinute() != null) {
            put(headers, "requests", level.requests());
        }
        if (limits.tokensPerMinute() != null) {
            put(headers, "tokens", level.tokens());
        }
        return headers;
    }

    private static void put(Map<String, String> headers, String what, Bucket bucket) {
        headers.put("x-ratelimit-limit-" + what, String.valueOf(bucket.limit()));
        headers.put("x-ratelimit-remaining-" + what, String.valueOf(bucket.left()));
        headers.put("x-ratelimit-reset-" + what, LimitTime.text(bucket.fullIn()));
    }

    /** Of a deleted workspace. @return how many rows were deleted, at most {@code most} */
    public int deleteBatch(String workspaceId, int most) {
        return database.write(tx -> SqlKeyLimits.deleteBatch(tx, workspaceId, most));
    }
}
