package com.aistrale.server.webhooks.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SystemResolverTest {
    private static final InetAddress ANSWER = InetAddress.ofLiteral("93.184.215.14");
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(100);

    private final CountDownLatch dead = new CountDownLatch(1);
    private final ConcurrentHashMap<String, AtomicInteger> lookups = new ConcurrentHashMap<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final SystemResolver resolver = new SystemResolver(this::lookup, System::nanoTime);

    /** Names that begin with dead are answered when the test is over, and those with none never. */
    private InetAddress[] lookup(String host) throws UnknownHostException {
        threads.add(Thread.currentThread());
        lookups.computeIfAbsent(host, name -> new AtomicInteger()).incrementAndGet();
        if (host.startsWith("dead")) {
            try {
                dead.await();
            } catch (InterruptedException end) {
                throw new UnknownHostException(host);
            }
        }
        if (host.startsWith("none")) {
            throw new UnknownHostException(host + ": Name or service not known");
        }
        if (host.startsWith("broken")) {
            throw new SecurityException("not allowed");
        }
        return new InetAddress[] {ANSWER};
    }

    @AfterEach
    void close() {
        dead.countDown();
        resolver.close();
    }

    @Test
    void asksTheSystem() throws UnknownHostException {
        try (var real = new SystemResolver()) {
            assertThat(real.lookup("localhost")).isNotEmpty().allMatch(InetAddress::isLoopbackAddress);
            assertThatThrownBy(() -> real.lookup("nowhere.invalid")).isInstanceOf(UnknownHostException.class);
        }
    }

    @Test
    void looksUpOnThreadsOfItsOwnThatAreNotVirtual() throws UnknownHostException {
        assertThat(resolver.lookup("a.example")).containsExactly(ANSWER);
        assertThat(threads).singleElement().matches(thread -> !thread.isVirtual() && thread.isDaemon());
    }

    @Test
    void saysWhatIsNotKnown() throws UnknownHostException {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> resolver.lookup("none.example", LONG))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessage("none.example: Name or service not known");
            assertThatThrownBy(() -> resolver.lookup("broken.example", LONG)).isInstanceOf(UnknownHostException.class);
        }
        assertThat(lookups.get("none.example")).hasValue(2);
        assertThat(resolver.lookup("a.example")).containsExactly(ANSWER);
    }

    @Test
    void waitsAsLongAsIsGiven() {
        long from = System.nanoTime();
        assertThatThrownBy(() -> resolver.lookup("dead.example", SHORT))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("dead.example: no answer within 100 ms");
        assertThat(Duration.ofNanos(System.nanoTime() - from)).isBetween(SHORT, Duration.ofSeconds(5));
    }

    /** However many attempts wait for it. */
    @Test
    void aNameHoldsOneThread() throws Exception {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting = new ArrayList<Future<List<InetAddress>>>();
            for (int i = 0; i < 500; i++) {
                waiting.add(executor.submit(() -> resolver.lookup("dead.example", LONG)));
            }
            await().until(() -> lookups.containsKey("dead.example"));
            assertThat(resolver.lookup("a.example", LONG)).containsExactly(ANSWER);
            Thread.sleep(50);
            dead.countDown();
            for (var each : waiting) {
                assertThat(each.get()).containsExactly(ANSWER);
            }
        }
        assertThat(lookups.get("dead.example").get()).isLessThan(50);
        assertThat(threads.stream().distinct()).hasSizeLessThan(51);
    }

    /** A name asked for later waits for the answer under way, and one that came before is not used again. */
    @Test
    void everyAnswerIsNew() throws UnknownHostException {
        resolver.lookup("a.example");
        resolver.lookup("a.example");
        assertThat(lookups.get("a.example")).hasValue(2);
    }

    /** All threads but one hang: the living are answered all the same. */
    @Test
    void deadNamesDoNotHoldOthersUp() throws Exception {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            hang(executor, SystemResolver.THREADS - 1);
            for (int i = 0; i < 100; i++) {
                assertThat(resolver.lookup("a.example", LONG)).containsExactly(ANSWER);
            }
            dead.countDown();
        }
    }

    /** Names that are being looked up until the test says that it is enough. */
    private void hang(ExecutorService executor, int names) {
        for (int i = 0; i < names; i++) {
            int number = i;
            executor.submit(() -> resolver.lookup("dead" + number + ".example", LONG));
        }
        await().until(() -> lookups.size() == names);
    }

    @Test
    void whoWasSlowTheLastTimeIsInNobodysWay() throws Exception {
        var slow = new CountDownLatch(1);
        var begun = new AtomicInteger();
        var time = new AtomicLong();
        var first = new AtomicInteger();
        int names = 2 * SystemResolver.THREADS;
        SystemResolver.Lookup lookup = host -> {
            if (!host.startsWith("slow")) {
                return new InetAddress[] {ANSWER};
            }
            if (first.incrementAndGet() <= names) {
                time.addAndGet(Duration.ofSeconds(2).toNanos()); // each took long, once
                return new InetAddress[] {ANSWER};
            }
            begun.incrementAndGet();
            try {
                slow.await();
            } catch (InterruptedException end) {
                throw new UnknownHostException(host);
            }
            return new InetAddress[] {ANSWER};
        };
        try (var resolver = new SystemResolver(lookup, time::get);
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < names; i++) {
                resolver.lookup("slow" + i + ".example", LONG);
            }
            var waiting = new ArrayList<Future<List<InetAddress>>>();
            for (int i = 0; i < names; i++) {
                int number = i;
                waiting.add(executor.submit(() -> resolver.lookup("slow" + number + ".example", LONG)));
            }
            await().until(() -> begun.get() == SystemResolver.SLOW_THREADS);
            assertThat(resolver.lookup("a.example", LONG)).containsExactly(ANSWER);
            assertThat(begun).hasValue(SystemResolver.SLOW_THREADS);
            slow.countDown();
            for (var each : waiting) {
                assertThat(each.get()).containsExactly(ANSWER);
            }
        }
    }

    /** What nobody waits for any longer is not asked: else old questions would hold up the new ones. */
    @Test
    void whoWaitedInVainForAThreadIsNotLookedUp() throws Exception {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            hang(executor, SystemResolver.THREADS);
            assertThatThrownBy(() -> resolver.lookup("late.example", SHORT)).isInstanceOf(UnknownHostException.class);
            var patient = executor.submit(() -> resolver.lookup("patient.example", LONG));
            await().until(() -> resolver.waiting() == 2);
            dead.countDown();
            assertThat(patient.get()).containsExactly(ANSWER);
        }
        assertThat(lookups).doesNotContainKey("late.example");
        assertThat(resolver.lookup("late.example", LONG)).containsExactly(ANSWER);
    }

    @Test
    void afterItsEndNothingIsKnown() {
        resolver.close();
        assertThatThrownBy(() -> resolver.lookup("a.example")).isInstanceOf(UnknownHostException.class);
    }
}
