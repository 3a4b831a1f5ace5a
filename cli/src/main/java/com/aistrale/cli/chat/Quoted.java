package com.aistrale.cli.chat;

import java.util.ArrayList;
import java.util.List;

/** Words as they are typed: parted by spaces, with quotes around those that have some. */
final class Quoted {
    private Quoted() {}

    static List<String> words(String text) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        var begun = false;
        var quote = 0;
        for (var i = 0; i < text.length(); i++) {
            var letter = text.charAt(i);
            if (quote != 0) {
                if (letter == quote) {
                    quote = 0;
                } else {
                    word.append(letter);
                }
            } else if (letter == '"' || letter == '\'') {
                quote = letter;
                begun = true;
            } else if (Character.isWhitespace(letter)) {
                if (begun) {
                    words.add(word.toString());
                }
                word.setLength(0);
                begun = false;
            } else {
                word.append(letter);
                begun = true;
            }
        }
        if (quote != 0) {
            throw new Refusal("A quote has no other half: " + (char) quote, "Write it like: name=\"Ada Lovelace\"");
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }
}
