package com.aistrale.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.contract.Contract.Operation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the server answers to and what the contract has are the same. */
class RoutesTest {
    @Test
    void everyRouteIsInTheContractAndEveryOperationIsMounted(@TempDir Path folder) throws Exception {
        try (var server = TestServer.in(folder).start()) {
            var mounted = new TreeSet<String>();
            // the contract does not say which characters a parameter takes, only its schema does
            server.routes().forEach(route -> mounted.add(route.replaceAll(":[^}]+}", "}")));
            var written = new TreeSet<String>();
            Contract.written().operations().stream().map(Operation::name).forEach(written::add);

            assertThat(written).as("NotYet names operations of the contract").containsAll(NotYet.MOUNTED);
            assertThat(mounted)
                    .as("mounted: take them out of NotYet")
                    .filteredOn(NotYet.MOUNTED::contains)
                    .isEmpty();
            mounted.addAll(NotYet.MOUNTED);
            assertThat(mounted).isEqualTo(written);
        }
    }

    @Test
    void whatIsStillBeingBuiltIsStillMissing(@TempDir Path folder) throws Exception {
        var answers = new Answers(Contract.written(), List.of());
        try (var server = TestServer.in(folder).start()) {
            var id = server.run("{\"prompt\": \"Hello\"}").expect(200).get("id").stringValue();
            var asked = Map.of(
                    "getWhoami", server.get("/api/v1/whoami"),
                    "listApiKeys", server.get("/api/v1/api-keys"),
                    "createApiKey", server.post("/api/v1/api-keys", "{\"name\": \"a\"}"),
                    "getInference", server.get("/api/v1/inferences/" + id));

            assertThat(asked.keySet()).containsAll(NotYet.ANSWERED);
            NotYet.ANSWERED.forEach(operation -> assertThat(
                            answers.violations(asked.get(operation).response()))
                    .as(operation + " is as the contract says: take it out of NotYet")
                    .isNotEmpty());
        }
    }
}
