package com.aistrale.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.contract.Contract.Operation;
import java.nio.file.Path;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the server answers to and what the contract has are the same. */
class RoutesTest {
    @Test
    void everyRouteIsInTheContractAndEveryOperationIsMounted(@TempDir Path folder) throws Exception {
        try (var server = TestServer.in(folder).start()) {
            var mounted = new TreeSet<String>();
            // which characters a parameter takes, the contract says by its schema
            server.routes().forEach(route -> mounted.add(route.replaceAll(":[^}]+}", "}")));
            var written = new TreeSet<String>();
            Contract.written().operations().stream().map(Operation::name).forEach(written::add);

            assertThat(mounted).isEqualTo(written);
        }
    }
}
