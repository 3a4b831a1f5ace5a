package com.aistrale.cli.chat;

import com.aistrale.Usage;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** What the turns of a conversation took. */
final class Spent {
    private int answers;
    private long input;
    private long output;
    private int unknown;
    private BigDecimal cost = BigDecimal.ZERO;

    void add(@Nullable Usage usage, @Nullable BigDecimal usd) {
        answers++;
        if (usage != null) {
            input += usage.inputTokens() == null ? 0 : usage.inputTokens();
            output += usage.outputTokens() == null ? 0 : usage.outputTokens();
        }
        if (usd == null) {
            unknown++;
        } else {
            cost = cost.add(usd);
        }
    }

    /** An inference of which nothing came back, and which may have been paid. */
    void addUnknown() {
        unknown++;
    }

    /** It came back after all. */
    void knowsOneMore() {
        unknown--;
    }

    boolean isNothing() {
        return answers + unknown == 0;
    }

    String total(Host host) {
        return host.dollars(cost) + (unknown == 0 ? "" : " and " + unknown + " of unknown cost");
    }

    String said(Host host) {
        return "%d %s, %,d input tokens, %,d output tokens, %s"
                .formatted(answers, answers == 1 ? "answer" : "answers", input, output, total(host));
    }
}
