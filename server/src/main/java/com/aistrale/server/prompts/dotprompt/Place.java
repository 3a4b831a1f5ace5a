package com.aistrale.server.prompts.dotprompt;

/** A line and a column of a file, both from 1. */
record Place(int line, int column) {
    static Place of(String source, int offset) {
        int line = 1;
        int begin = 0;
        for (int at = source.indexOf('\n'); at >= 0 && at < offset; at = source.indexOf('\n', at + 1)) {
            line++;
            begin = at + 1;
        }
        return new Place(line, offset - begin + 1);
    }

    @Override
    public String toString() {
        return "line " + line + ", column " + column;
    }
}
