package com.aistrale.cli.chat;

/** An answer as it was written. Line ends are held back until more follows, so that none stands at the end. */
final class PlainAnswer implements Answer {
    private String held = "";

    @Override
    public String more(String piece) {
        var text = held + piece;
        var shown = text.replaceAll("\n+$", "");
        held = text.substring(shown.length());
        return shown;
    }

    @Override
    public String end() {
        held = "";
        return "";
    }
}
