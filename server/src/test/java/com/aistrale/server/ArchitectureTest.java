package com.aistrale.server;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.http.EventStream;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.sql.Tx;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Calendar;
import java.util.Date;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** The laws of the house. The arrows: kit, events, the features, inference, providers and wire; only app sees all. */
class ArchitectureTest {
    private static final String HOUSE = "com.aistrale.server.";
    private static final String[] KIT = rooms("kit");
    private static final String[] FEATURES = rooms(
            "access",
            "prompts",
            "tokens",
            "telemetry",
            "pricing",
            "budgets",
            "limits",
            "routing",
            "idempotency",
            "webhooks",
            "stream",
            "metrics");

    private static final JavaClasses SERVER = server();

    /** What ships, and none of the tests. */
    private static JavaClasses server() {
        try {
            var place = Exchange.class.getProtectionDomain().getCodeSource().getLocation();
            var all = new ClassFileImporter().importPath(Path.of(place.toURI()));
            assertThat(all)
                    .hasSizeGreaterThan(100)
                    .noneMatch(type -> type.getName().endsWith("Test"));
            return all;
        } catch (URISyntaxException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static String[] rooms(String... names) {
        var packages = new String[names.length];
        for (int i = 0; i < names.length; i++) {
            packages[i] = HOUSE + names[i] + "..";
        }
        return packages;
    }

    private static String[] both(String[] some, String... more) {
        var all = java.util.Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    @Test
    void everyClassHasARoom() {
        classes()
                .should()
                .resideInAnyPackage(
                        both(both(KIT, FEATURES), rooms("nodes", "events", "inference", "providers", "wire", "app")))
                .check(SERVER);
    }

    @Test
    void kitKnowsNoFeature() {
        onlySees("kit", KIT);
    }

    @Test
    void nodesAndEventsSeeKitOnly() {
        onlySees("nodes", KIT);
        onlySees("events", KIT);
    }

    @Test
    void featuresSeeKitEventsAndEachOther() {
        var seen = both(both(FEATURES, KIT), rooms("events", "nodes"));
        for (var feature : new String[] {
            "access",
            "prompts",
            "tokens",
            "telemetry",
            "pricing",
            "budgets",
            "limits",
            "routing",
            "idempotency",
            "webhooks",
            "stream",
            "metrics"
        }) {
            onlySees(feature, seen);
        }
    }

    @Test
    void inferenceSeesFeaturesAndBelow() {
        onlySees("inference", both(both(FEATURES, KIT), rooms("events")));
    }

    @Test
    void providersAndWireSeeInferenceAndBelowAndNotEachOther() {
        var seen = both(both(FEATURES, KIT), rooms("events", "inference"));
        onlySees("providers", seen);
        onlySees("wire", seen);
    }

    @Test
    void noTwoPackagesNeedEachOther() {
        slices().matching("com.aistrale.server.(**)").should().beFreeOfCycles().check(SERVER);
    }

    /** The room sees itself, what is listed, and whatever is not of this house. */
    private static void onlySees(String room, String[] others) {
        noClasses()
                .that()
                .resideInAPackage(HOUSE + room + "..")
                .should()
                .dependOnClassesThat(resideInAPackage("com.aistrale.server..")
                        .and(not(resideInAnyPackage(both(others, rooms(room))))))
                .check(SERVER);
    }

    @Test
    void onlyRoutesSpeakHttp() {
        noClasses()
                .that(not(resideInAPackage("com.aistrale.server.kit.http..")))
                .and(not(namedLike(".*(Routes|Headers|ErrorFormat)|Guard")))
                .should()
                .dependOnClassesThat(resideInAPackage("io.helidon..")
                        .or(JavaClass.Predicates.equivalentTo(Exchange.class))
                        .or(JavaClass.Predicates.equivalentTo(EventStream.class)))
                .check(SERVER);
    }

    @Test
    void onlySqlStoresSpeakSql() {
        noClasses()
                .that(not(resideInAPackage("com.aistrale.server.kit.sql..")))
                .and(not(namedLike("Sql.*")))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "java.sql..",
                                "javax.sql..",
                                "org.jdbi..",
                                "org.sqlite..",
                                "org.flywaydb..",
                                "org.postgresql..",
                                "com.zaxxer..")
                        .and(not(JavaClass.Predicates.equivalentTo(SQLException.class))))
                .orShould()
                .callMethod(Tx.class, "handle")
                .orShould()
                .callMethod(Tx.class, "prepare", String.class)
                .orShould()
                .callMethod(Tx.class, "batch", String.class, Tx.Parameters.class)
                .check(SERVER);
    }

    @Test
    void onlyTheKitCallsOut() {
        noClasses()
                .that(not(resideInAPackage("com.aistrale.server.kit.http..")))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("okhttp3..", "okio..", "java.net.http..")
                .check(SERVER);
    }

    @Test
    void whatIsSaidGoesToTheLog() {
        noClasses()
                .that(not(namedLike("(Admin)?Main")))
                .should(ACCESS_STANDARD_STREAMS)
                .check(SERVER);
        noClasses().should().callMethod(Throwable.class, "printStackTrace").check(SERVER);
        noClasses()
                .that(not(namedLike("AdminMain")))
                .should()
                .accessField(System.class, "out")
                .check(SERVER);
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.logging..", "org.apache.commons.logging..")
                .check(SERVER);
    }

    @Test
    void timesAreOfJavaTime() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Date.class, Calendar.class, java.text.DateFormat.class, java.sql.Timestamp.class)
                .check(SERVER);
    }

    /** Elsewhere they are constructor arguments. {@link System#nanoTime} measures and tells no time. */
    @Test
    void onlyAppMakesClocksAndRandomness() {
        noClasses()
                .that(not(resideInAPackage("com.aistrale.server.app..")))
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .orShould()
                .callMethod(InstantSource.class, "system")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Random.class, ThreadLocalRandom.class)
                .orShould()
                .callConstructor(java.security.SecureRandom.class)
                .check(SERVER);
    }

    /** By the simple name of the outermost class, so that nested ones count with it. */
    private static DescribedPredicate<JavaClass> namedLike(String pattern) {
        return describe("named like " + pattern, type -> {
            var outer = type;
            while (outer.getEnclosingClass().isPresent()) {
                outer = outer.getEnclosingClass().get();
            }
            return outer.getSimpleName().matches(pattern);
        });
    }
}
