package com.aistrale.cli.chat;

import com.aistrale.cli.text.Columns;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A table: in columns where it fits, else row by row. */
final class MarkdownTable {
    private static final String BETWEEN = "  ";

    private MarkdownTable() {}

    private record Letter(int letter, int style) {}

    private record Cell(List<Letter> letters) {
        static Cell of(String text, int style) {
            var letters = new ArrayList<Letter>();
            Inline.all(text, (letter, look) -> letters.add(new Letter(letter, look)), style);
            return new Cell(letters);
        }

        int columns() {
            var counter = new Columns.Counter();
            return letters.stream().mapToInt(each -> counter.add(each.letter)).sum();
        }

        void verbatim(Paper paper) {
            letters.forEach(each -> paper.verbatim(each.letter, each.style));
        }

        void put(Paper paper) {
            letters.forEach(each -> paper.put(each.letter, each.style));
        }
    }

    /** @param lines with a bar at each one's beginning; afterwards the paper stands at the begin of a line */
    static void show(List<String> lines, Paper paper) {
        var headed = lines.size() > 1 && lines.get(1).matches("[|:\\- \\t]*-[|:\\- \\t]*");
        var rows = new ArrayList<List<Cell>>();
        for (var i = 0; i < lines.size(); i++) {
            if (!headed || i != 1) {
                var style = headed && i == 0 ? Style.BOLD : Style.PLAIN;
                rows.add(cells(lines.get(i)).stream()
                        .map(each -> Cell.of(each, style))
                        .toList());
            }
        }
        var widths = widths(rows);
        var whole = widths.stream().mapToInt(each -> each).sum() + BETWEEN.length() * (widths.size() - 1);
        if (whole <= paper.width()) {
            inColumns(rows, widths, headed, paper);
        } else {
            rowByRow(rows, headed, paper);
        }
    }

    private static void inColumns(List<List<Cell>> rows, List<Integer> widths, boolean headed, Paper paper) {
        for (var i = 0; i < rows.size(); i++) {
            for (var j = 0; j < rows.get(i).size(); j++) {
                var cell = rows.get(i).get(j);
                cell.verbatim(paper);
                if (j < rows.get(i).size() - 1) {
                    paper.verbatim(" ".repeat(widths.get(j) - cell.columns()) + BETWEEN, Style.PLAIN);
                }
            }
            paper.newLine();
            if (headed && i == 0) {
                var rules = widths.stream().map("─"::repeat).toList();
                paper.verbatim(String.join(BETWEEN, rules), Style.DIM);
                paper.newLine();
            }
        }
    }

    /** Each cell on a line of its own, with its column's name before it. */
    private static void rowByRow(List<List<Cell>> rows, boolean headed, Paper paper) {
        var named = headed && rows.size() > 1;
        for (var row : named ? rows.subList(1, rows.size()) : rows) {
            for (var j = 0; j < row.size(); j++) {
                paper.margin("  ");
                if (named && j < rows.getFirst().size()) {
                    rows.getFirst().get(j).put(paper);
                    ": ".chars().forEach(each -> paper.put(each, Style.PLAIN));
                }
                row.get(j).put(paper);
                paper.newLine();
            }
            paper.verbatim("─", Style.DIM);
            paper.newLine();
        }
    }

    private static List<Integer> widths(List<List<Cell>> rows) {
        var most = rows.stream().mapToInt(List::size).max().orElse(0);
        var widths = new ArrayList<>(Collections.nCopies(most, 0));
        for (var row : rows) {
            for (var j = 0; j < row.size(); j++) {
                widths.set(j, Math.max(widths.get(j), row.get(j).columns()));
            }
        }
        return widths;
    }

    private static List<String> cells(String line) {
        var inner = line.substring(1, line.length() > 1 && line.endsWith("|") ? line.length() - 1 : line.length());
        var cells = new ArrayList<String>();
        for (var cell : inner.split("(?<!\\\\)\\|", -1)) {
            cells.add(cell.strip());
        }
        return cells;
    }
}
