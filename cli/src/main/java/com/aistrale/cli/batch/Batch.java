package com.aistrale.cli.batch;

import com.aistrale.Aistrale;
import com.aistrale.Transport;
import com.aistrale.cli.batch.BatchException.Why;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks each line of an input, several at once, and writes what comes. It may be stopped at any moment and begun again: what is in the
 * results is not asked again, and what was asked and is not in the results is known to the server by its key, and not paid again.
 */
public final class Batch {
    /** How long the answers of what is under way are waited for when somebody stops it. */
    public static final Duration GRACE = Duration.ofSeconds(5);

    private static final String WITH_YES =
            "To have all lines asked that have no answer: the same command with --yes. What was"
                    + " answered then: aistrale telemetry list";

    private final Plan plan;
    private final Clients clients;
    private final Screen screen;
    private final Pace pace;
    private final Progress progress;
    private final BlockingQueue<Task> tasks;
    private final CountDownLatch finished = new CountDownLatch(1);
    private final long started = System.nanoTime();

    /** Makes clients of the server, each with a way of its own to it. */
    @FunctionalInterface
    public interface Clients {
        /** @param around is put around the transport */
        Aistrale client(UnaryOperator<Transport> around);
    }

    /** A line to be asked. @param turn its place in the order of what is written */
    private record Task(Request request, long turn, int ended) {}

    // guarded by this, but for what is written once
    private final Ledger ledger = new Ledger();
    private final Costs costs = new Costs();
    private final Map<Long, Outcome> early = new HashMap<>();
    private final Deque<Thread> workers = new ArrayDeque<>();
    private @Nullable Results results;
    private @Nullable Failures failures;
    private @Nullable Journal journal;
    private String name = "";
    private long total;
    private long passed;
    private long before;
    private long left;
    private long turns;
    private long written;
    private long answered;
    private long replayed;
    private long failed;
    private long malformed;
    private long inputTokens;
    private long outputTokens;
    private int failedInARow;
    private long lastSync;
    private boolean saidDemo;
    private boolean over;
    private volatile boolean interrupted;
    private volatile boolean questioning;
    private volatile @Nullable BatchException halt;

    /** @param clients see there */
    public Batch(Plan plan, Clients clients, Screen screen) {
        this.plan = plan;
        this.clients = clients;
        this.screen = screen;
        this.pace = new Pace(plan.concurrency(), plan.interval());
        this.progress = new Progress(screen, this::state);
        this.tasks = new ArrayBlockingQueue<>(plan.concurrency());
    }

    /** Runs it to its end, or to where it must stop. Throws what must stop it before it began. */
    public Report run() {
        try (progress) {
            return plan.results() == null || !Results.isFile(plan.results()) ? streamed() : filed(plan.results());
        } catch (IOException e) {
            throw new BatchException(Why.FILES, "A file cannot be read or written: " + Results.reason(e), "");
        } finally {
            finished.countDown();
        }
    }

    /**
     * Begins no other line, and waits a while for those under way. From any thread; returns when it has ended, or is not waited for any
     * longer.
     *
     * @return whether it has ended
     */
    public boolean interrupt() {
        interrupted = true;
        if (questioning) {
            return false; // nothing is under way yet
        }
        var running = pace.running();
        pace.stop();
        progress.say(
                running == 0
                        ? "Stopping."
                        : "Stopping: waiting " + GRACE.toSeconds() + " s at most for " + running + " under way.");
        try {
            if (finished.await(GRACE.toMillis() + 1000, TimeUnit.MILLISECONDS)) {
                return true;
            }
            progress.say("What is written is kept: the same command goes on from there.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private Report streamed() throws IOException {
        name = plan.name() == null ? UUID.randomUUID().toString() : plan.name();
        var path = plan.results();
        try (var out = new Results.Stream(path == null ? screen.out() : Files.newOutputStream(path));
                var failed = plan.failures() == null ? null : Failures.open(plan.failures(), path)) {
            results = out;
            failures = failed;
            if (failed != null) {
                failed.read(ledger);
            }
            scan();
            return lines();
        }
    }

    private Report filed(Path path) throws IOException {
        try (var file = Results.File.open(path);
                var failed = plan.failures() == null ? null : Failures.open(plan.failures(), path)) {
            file.read(ledger, costs);
            results = file;
            failures = failed;
            if (file.wasTorn()) {
                progress.say("The last line of " + path + " was not whole: cut off, and asked again.");
            }
            if (failed != null) {
                failed.read(ledger);
            }
            try (var kept = Journal.of(path, plan.name(), ledger, InstantSource.system())) {
                journal = kept;
                name = kept.name();
                scan();
                kept.open(plan.concurrency());
                var report = lines();
                if (report.isWhole() && (wasAll() || kept.isEmpty())) {
                    kept.forget();
                }
                return report;
            }
        }
    }

    /** Whether it has come to the end of the input, and not to that of --limit: behind that lines may be under way, too. */
    private synchronized boolean wasAll() {
        return passed < plan.limit();
    }

    /** Counts, and finds what changed, before anything is paid. */
    private void scan() throws IOException {
        if (!plan.input().isFile()) {
            mayPayAgain(journal == null ? List.of() : journal.lost());
            return;
        }
        var counted = 0L;
        var other = 0L;
        var lost = new ArrayList<Long>();
        Request first = null;
        try (var source = plan.input().open()) {
            plan.shape().check(source.columns());
            for (var entry = source.next(); entry != null && counted < plan.limit(); entry = source.next()) {
                counted++;
                var mayHaveChanged = !ledger.isEmpty() && plan.changed() == Plan.Changed.STOP;
                if ((mayHaveChanged || (journal != null && journal.hasLost()))
                        && plan.shape().make(entry) instanceof Shape.Made.Ask ask) {
                    var request = ask.request();
                    if (mayHaveChanged && ledger.wasOther(request)) {
                        other++;
                        first = first == null ? request : first;
                    }
                    if (journal != null && journal.isLost(request, ledger.ended(request)) && isToBeAsked(request)) {
                        lost.add(request.line());
                    }
                }
            }
        } catch (IOException e) {
            throw plan.input().unreadable(e);
        }
        if (first != null) {
            throw changed(first, other);
        }
        synchronized (this) {
            total = counted;
        }
        mayPayAgain(lost);
    }

    /** Nothing is paid a second time that nobody has been asked about. */
    private void mayPayAgain(List<Long> lost) {
        if (lost.isEmpty()) {
            return;
        }
        var what = paidTwice(lost);
        if (plan.payAgain()) {
            progress.say(what);
            return;
        }
        questioning = true;
        var said = screen.ask(what + (lost.size() == 1 ? " Ask it again?" : " Ask them again?"));
        questioning = false;
        if (said != Screen.Said.YES) {
            throw new BatchException(
                    Why.STATE,
                    said == Screen.Said.NO ? "Nothing was asked." : what,
                    (said == Screen.Said.NO ? "" : "Nothing was asked. ") + WITH_YES);
        }
    }

    private String paidTwice(List<Long> lost) {
        var shown = lost.stream().limit(5).map(Progress::count).collect(Collectors.joining(", "));
        var one = lost.size() == 1;
        return (one ? "Line " : "Lines ") + shown
                + (lost.size() > 5 ? " and " + Progress.count(lost.size() - 5L) + " more" : "")
                + " of " + plan.input().shown() + (one ? " was" : " were")
                + " under way a day ago or earlier, or under another --name: the server does not know "
                + (one ? "it" : "them") + " again, and what it has answered is paid a second time.";
    }

    /** Whether the line is to have another answer than it has, or its first. */
    private boolean isToBeAsked(Request request) {
        return !ledger.isDone(request)
                && !(ledger.isDone(request.line()) && plan.changed() == Plan.Changed.KEEP)
                && (plan.askFailedAgain() || !ledger.hasFailed(request));
    }

    private BatchException changed(Request first, long count) {
        return new BatchException(
                Why.STATE,
                "What is asked in line " + first.line() + " of " + plan.input().shown()
                        + " is not what was asked when it was answered"
                        + (count > 1 ? ", and there are " + Progress.count(count - 1) + " more" : "")
                        + ": the input, the model or another option is not the same.",
                "Give it other results (-o FILE), or say --changed ask to have such lines asked again, --changed keep to"
                        + " keep their answers.");
    }

    private Report lines() throws IOException {
        progress.start();
        try (var source = plan.input().open()) {
            plan.shape().check(source.columns());
            each(source);
        } catch (BatchException e) {
            halt(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            interrupted = true;
        }
        var rest = rest();
        finish();
        return report(rest);
    }

    private void each(Source source) throws InterruptedException {
        // A file that grows while it is read is asked as far as it went at the beginning.
        var most = plan.input().isFile() ? total : plan.limit();
        for (var count = 0L; count < most && goesOn(); count++) {
            Entry entry;
            try {
                entry = source.next();
            } catch (IOException e) {
                throw plan.input().unreadable(e);
            }
            if (entry == null) {
                return;
            }
            switch (plan.shape().make(entry)) {
                case Shape.Made.Wrong wrong -> {
                    var turn = nextTurn();
                    awaitRoom(turn);
                    done(turn, new Outcome.Wrong(wrong));
                }
                case Shape.Made.Ask ask -> ask(ask.request());
            }
            synchronized (this) {
                passed++;
            }
        }
    }

    private boolean goesOn() {
        return halt == null && !interrupted;
    }

    private void ask(Request request) throws InterruptedException {
        int ended;
        synchronized (this) {
            if (ledger.isDone(request) || (ledger.isDone(request.line()) && plan.changed() == Plan.Changed.KEEP)) {
                this.before++;
                return;
            }
            if (ledger.wasOther(request) && plan.changed() == Plan.Changed.STOP) {
                throw changed(request, 1);
            }
            ended = ledger.ended(request);
            if (ledger.hasFailed(request) && !plan.askFailedAgain()) {
                left++;
                return;
            }
        }
        if (!isAffordable() || !pace.begin()) {
            return;
        }
        var turn = nextTurn();
        awaitRoom(turn);
        if (workers.size() < plan.concurrency() && workers.size() < pace.running()) {
            var worker = new Thread(this::work, "batch-" + workers.size());
            worker.setDaemon(true);
            workers.add(worker);
            worker.start();
        }
        tasks.put(new Task(request, turn, ended));
    }

    private synchronized long nextTurn() {
        return turns++;
    }

    /** In the order of the input nothing is asked that is far ahead of what is written: it would be kept in memory. */
    private synchronized void awaitRoom(long turn) throws InterruptedException {
        while (plan.ordered() && turn - written > 8L * plan.concurrency() + 64 && goesOn()) {
            wait(100);
        }
    }

    /** Waits until it is known whether another line fits under the limit; false where it does not. */
    private boolean isAffordable() throws InterruptedException {
        var most = plan.maxCostUsd();
        while (most != null && goesOn()) {
            var running = pace.running();
            synchronized (this) {
                var dearest = costs.dearest();
                if (dearest == null
                        ? running == 0
                        : costs.whole()
                                        .add(dearest.multiply(java.math.BigDecimal.valueOf(running + 1L)))
                                        .compareTo(most)
                                <= 0) {
                    return true;
                }
                if (running == 0) {
                    halt(new BatchException(
                            Why.MONEY,
                            "Another line might cost more than --max-cost leaves: the batch has cost "
                                    + Progress.dollars(costs.whole()) + ", its dearest line "
                                    + Progress.dollars(dearest == null ? java.math.BigDecimal.ZERO : dearest) + ".",
                            "What is written is kept. With a higher --max-cost the same command goes on."));
                    return false;
                }
            }
            pace.awaitFewerThan(running);
        }
        return goesOn();
    }

    // ── what workers do ─────────────────────────────────────────────────────────────────────────────────────────────

    private void work() {
        Asking asking = null;
        try {
            while (true) {
                var task = tasks.take();
                try {
                    asking = asking == null ? Asking.with(clients, pace) : asking;
                    begins(task);
                    ask(asking, task);
                } catch (BatchException e) {
                    halt(e);
                } catch (RuntimeException | Error e) {
                    halt(new BatchException(
                            Why.FILES,
                            "This is a defect of aistrale batch: " + e,
                            "Report it; what is written is kept."));
                } finally {
                    pace.ended();
                }
            }
        } catch (InterruptedException e) {
            return; // the batch has ended
        }
    }

    /** It is under way from now on. */
    private void begins(Task task) {
        var kept = journal;
        if (kept == null) {
            return;
        }
        if (!plan.payAgain() && kept.isForgotten(task.request(), task.ended())) {
            throw new BatchException(
                    Why.STATE,
                    paidTwice(List.of(task.request().line())),
                    "It has become so old while the batch ran. What is written is kept. " + WITH_YES);
        }
        kept.begins(task.request(), task.ended());
    }

    /** Asks, and has it written what became of it. A line of which nothing can have begun, and that has not ended, was not under way. */
    private void ask(Asking asking, Task task) throws InterruptedException {
        var isOver = false;
        try {
            var outcome = asking.ask(task.request(), task.request().key(name, task.ended()), task.ended());
            isOver = !(outcome instanceof Outcome.Failed fail) || fail.isOver();
            done(task.turn(), outcome);
        } catch (PacedTransport.Stopped e) {
            return; // the next run asks it
        } finally {
            if (!isOver && !asking.mayHaveBegun()) {
                neverBegan(task.request());
            }
        }
    }

    private void neverBegan(Request request) {
        var kept = journal;
        try {
            if (kept != null) {
                kept.neverBegan(request);
            }
        } catch (IOException e) {
            halt(unwritable(plan.results(), e));
        }
    }

    /** Something became of a line: it is written, in its turn where turns are kept. */
    private synchronized void done(long turn, Outcome outcome) {
        if (!plan.ordered()) {
            write(outcome);
            return;
        }
        early.put(turn, outcome);
        for (var next = early.remove(written); next != null; next = early.remove(written)) {
            write(next);
            written++;
        }
        notifyAll();
    }

    private void write(Outcome outcome) {
        var to = results;
        if (to == null || over || (halt != null && halt.why() == Why.FILES)) {
            return; // nothing can be written; the server has the answer
        }
        var separate = outcome instanceof Outcome.Answered ? null : failures;
        try {
            if (separate == null) {
                to.append(outcome.toJson());
            } else {
                separate.append(outcome.fields());
            }
        } catch (IOException e) {
            halt(unwritable(separate == null ? plan.results() : plan.failures(), e));
            return;
        }
        count(outcome);
        try {
            written(outcome);
            var now = System.nanoTime();
            if (now - lastSync > TimeUnit.SECONDS.toNanos(1)) {
                lastSync = now;
                sync();
            }
        } catch (IOException e) {
            halt(unwritable(plan.results(), e));
        }
    }

    /** What became of the line stands in a file: it is not under way any more, unless nobody knows that. */
    private void written(Outcome outcome) throws IOException {
        var kept = journal;
        if (kept != null && outcome instanceof Outcome.Answered done) {
            kept.ends(done.request());
        } else if (kept != null && outcome instanceof Outcome.Failed fail && fail.isOver()) {
            kept.ends(fail.request());
        }
    }

    private void sync() throws IOException {
        if (results != null) {
            results.sync();
        }
        if (failures != null) {
            failures.sync();
        }
        if (journal != null) {
            journal.sync();
        }
    }

    private BatchException unwritable(@Nullable Path file, IOException e) {
        if (file == null) {
            return new BatchException(Why.BROKEN_PIPE, "Nobody reads the answers any more.", "");
        }
        return new BatchException(
                Why.FILES,
                "Cannot write " + file + ": " + Results.reason(e),
                "What is written is whole. Make room, and run the same command again: what was under way is not paid twice"
                        + " within a day.");
    }

    private void count(Outcome outcome) {
        switch (outcome) {
            case Outcome.Answered done -> {
                var answer = done.answer();
                ledger.done(done.request().line(), done.request().hash());
                answered++;
                failedInARow = 0;
                replayed += done.replayed() ? 1 : 0;
                var demo = answer.provider().equals("demo");
                costs.now(
                        demo && answer.costUsd() == null ? java.math.BigDecimal.ZERO : answer.costUsd(),
                        done.replayed());
                var usage = answer.usage();
                if (usage != null && !done.replayed()) {
                    inputTokens += usage.inputTokens() == null ? 0 : usage.inputTokens();
                    outputTokens += usage.outputTokens() == null ? 0 : usage.outputTokens();
                }
                if (demo && !saidDemo) {
                    saidDemo = true;
                    progress.say(
                            "AISTRALE's demo provider answers, not a model. Add one: aistrale tokens add --provider openai");
                }
                if (plan.maxCostUsd() != null && costs.unknown() > 0) {
                    halt(new BatchException(
                            Why.USAGE,
                            "The cost of " + answer.provider() + "/" + answer.model()
                                    + " is not known, so --max-cost cannot be held.",
                            "Leave it out, or see aistrale models list for models whose prices are known."));
                }
            }
            case Outcome.Failed fail -> {
                ledger.failed(fail.request().line(), fail.request().hash(), fail.ended());
                failed++;
                if (++failedInARow == plan.giveUpAfter()) {
                    halt(new BatchException(
                            Why.PROVIDER,
                            failedInARow + " lines in a row have failed, the last one with " + fail.code() + ": "
                                    + fail.message(),
                            "The same command asks them again. --give-up-after 0 goes on whatever fails."));
                }
            }
            case Outcome.Wrong wrong -> malformed++;
        }
    }

    private void halt(BatchException why) {
        synchronized (this) {
            if (halt == null) {
                halt = why;
            }
            notifyAll();
        }
        pace.stop();
    }

    // ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /** Waits for what is under way; how many are not waited for. */
    private int rest() {
        var why = halt;
        try {
            if (why != null && (why.why() == Why.FILES || why.why() == Why.BROKEN_PIPE)) {
                return pace.running(); // their answers could not be written
            }
            if (!interrupted) {
                while (pace.running() > 0 && !interrupted) {
                    if (pace.awaitRest(Duration.ofMillis(200))) {
                        return 0;
                    }
                }
            }
            if (interrupted) {
                pace.awaitRest(GRACE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return pace.running();
    }

    /** What waits for its turn behind a line that has no answer is written all the same: it is paid. */
    private synchronized void finish() throws IOException {
        early.keySet().stream().sorted().toList().forEach(turn -> {
            var outcome = early.remove(turn);
            if (outcome != null) {
                write(outcome);
            }
        });
        over = true;
        try {
            sync();
        } catch (IOException e) {
            halt(unwritable(plan.results(), e));
        }
        try {
            if (failures != null) {
                failures.tidy(ledger::isDone);
            }
        } catch (IOException e) {
            halt(unwritable(plan.failures(), e));
        }
        workers.forEach(Thread::interrupt); // who is interrupted while it writes to a file closes it
    }

    private synchronized Report report(int underWay) {
        var failed = plan.failures();
        return new Report(
                before,
                answered,
                replayed,
                this.failed,
                malformed,
                left,
                underWay,
                costs.whole(),
                costs.paid(),
                costs.unknown(),
                inputTokens,
                outputTokens,
                Duration.ofNanos(System.nanoTime() - started),
                plan.results() == null ? null : plan.results().toString(),
                failed != null && Files.exists(failed) ? failed.toString() : null,
                results instanceof Results.File || plan.name() != null,
                interrupted,
                halt);
    }

    private synchronized Progress.State state() {
        return new Progress.State(
                passed, total, answered, answered + failed, failed + malformed, costs.whole(), pace.closed());
    }
}
