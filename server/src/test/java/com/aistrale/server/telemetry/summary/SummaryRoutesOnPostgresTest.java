package com.aistrale.server.telemetry.summary;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.OnPostgres;
import com.aistrale.server.app.TestServer;
import java.util.ArrayList;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

@OnPostgres
class SummaryRoutesOnPostgresTest extends SummaryRoutesTest {
    private static final String PATH = "/api/v1/telemetry/summary";

    @Test
    void soManyAtOnceAndNoMore() throws Exception {
        var others = new ArrayList<Future<TestServer.Answer>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var file = server.database()) {
            file.execute("BEGIN; LOCK TABLE inference IN ACCESS EXCLUSIVE MODE");
            var requests = new ExecutorCompletionService<TestServer.Answer>(threads);
            for (int i = 0; i < 5; i++) {
                requests.submit(() -> server.get(PATH));
            }
            var refused = requests.take().get();
            file.execute("COMMIT");
            for (int i = 0; i < 4; i++) {
                others.add(requests.take());
            }

            assertThat(refused.problem(503, "overloaded"))
                    .isEqualTo("This server counts 4 summaries at once, the most it does. Try again in a moment.");
            assertThat(refused.header("retry-after")).isEqualTo("1");
        }
        for (var other : others) {
            other.get().expect(200);
        }
        server.get(PATH).expect(200);
    }
}
