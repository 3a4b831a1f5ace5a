package com.aistrale.server.nodes;

import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that is done again and again in the background, such as deleting what is old. Where the database is not there, the
 * next time is soon enough. Which of several nodes does it is for the work itself to ask: {@link Nodes#mayDo}.
 */
public final class Chore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Chore.class);

    private final Duration first;
    private final Duration pause;
    private final Runnable work;
    private final String complaint;
    private final Thread thread;

    /**
     * @param first after which time it is done for the first time: a start has other things to do
     * @param pause between the end of it and its next begin
     * @param complaint for the log, when the database was not there: what was not done, and when it is tried again
     */
    public Chore(String name, Duration first, Duration pause, Runnable work, String complaint) {
        this.first = first;
        this.pause = pause;
        this.work = work;
        this.complaint = complaint;
        this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try {
            Thread.sleep(first);
            while (true) {
                try {
                    work.run();
                } catch (ProblemException unavailable) {
                    LOG.warn("{}: {}", complaint, unavailable.getMessage());
                }
                Thread.sleep(pause);
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
