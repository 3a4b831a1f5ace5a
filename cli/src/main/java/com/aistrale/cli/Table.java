package com.aistrale.cli;

import com.aistrale.cli.text.Columns;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rows in columns as wide as their longest cell. On a terminal the widest ones give way, so that no row breaks. */
final class Table {
    private static final int GAP = 2;
    private static final int NARROWEST = 8;
    private final List<List<String>> rows = new ArrayList<>();
    private final Set<Integer> rightAligned;

    Table(List<String> head, Integer... rightAligned) {
        rows.add(head);
        this.rightAligned = Set.of(rightAligned);
    }

    void row(String... cells) {
        rows.add(Arrays.stream(cells).map(Io::line).toList());
    }

    void print(Io io) {
        print(io.out(), lines(io.outIsTerminal(), io.env()));
    }

    /** Beside the answer, on standard error. */
    void note(Io io) {
        print(io.err(), lines(io.errIsTerminal(), io.env()));
    }

    private static void print(PrintStream to, List<String> lines) {
        lines.forEach(to::println);
        to.flush();
    }

    /** @param isTerminal whether the lines must fit one */
    List<String> lines(boolean isTerminal, Map<String, String> env) {
        var widths = widths();
        if (isTerminal) {
            narrow(widths, TerminalSize.of(env).columns());
        }
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private int[] widths() {
        var widths = new int[rows.getFirst().size()];
        for (var row : rows) {
            for (var i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], Columns.of(row.get(i)));
            }
        }
        return widths;
    }

    private static void narrow(int[] widths, int available) {
        var room = available - GAP * (widths.length - 1);
        while (Arrays.stream(widths).sum() > room) {
            var widest = 0;
            for (var i = 1; i < widths.length; i++) {
                widest = widths[i] > widths[widest] ? i : widest;
            }
            if (widths[widest] <= NARROWEST) {
                return; // then rows break, but everything is there
            }
            widths[widest]--;
        }
    }

    private String line(List<String> row, int[] widths) {
        var line = new StringBuilder();
        for (var i = 0; i < widths.length; i++) {
            var cell = Columns.cut(row.get(i), widths[i]);
            var space = " ".repeat(widths[i] - Columns.of(cell));
            line.append(rightAligned.contains(i) ? space + cell : cell + space);
            line.append(i < widths.length - 1 ? " ".repeat(GAP) : "");
        }
        return line.toString().stripTrailing();
    }
}
