package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.contract.Contract;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The contract says of every operation which role it needs, as the tests over all routes find it. */
class RolesTest {
    @Test
    void theContractNamesTheRoleThatEveryRouteNeeds() {
        Map<String, String> written = new TreeMap<>();
        Contract.written()
                .operations()
                .forEach(operation -> written.put(
                        operation.name(), operation.node().path("x-role").asString("nothing")));
        Map<String, String> needed = new TreeMap<>();
        RoutesTable.ALL.forEach(route -> needed.put(
                route.mounted().replaceAll(":[^}]+}", "}"), route.needs().name().toLowerCase(Locale.ROOT)));

        assertThat(written).containsAllEntriesOf(needed);
    }

    /** Budgets, limits and idempotency are tested over these. */
    @Test
    void theContractNamesEveryRouteThatCosts() {
        assertThat(RoutesTable.ALL)
                .filteredOn(route -> route.is(RoutesTable.Trait.COSTS))
                .extracting(RoutesTable.Route::mounted)
                .containsExactlyInAnyOrderElementsOf(Contract.written().operations().stream()
                        .filter(operation -> operation.node().path("x-costs").asBoolean(false))
                        .map(Contract.Operation::name)
                        .toList());
    }
}
