package com.aistrale.cli.chat;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Files as they are typed. */
final class Places {
    private Places() {}

    /** Without the quotes around it, and with the home folder instead of {@code ~}. */
    static Path of(String typed) {
        var name = typed.strip();
        if (name.length() > 1
                && (name.startsWith("\"") || name.startsWith("'"))
                && name.endsWith(name.substring(0, 1))) {
            name = name.substring(1, name.length() - 1);
        }
        try {
            return name.startsWith("~/") || name.equals("~")
                    ? Path.of(System.getProperty("user.home", "."), name.substring(1))
                    : Path.of(name);
        } catch (InvalidPathException e) {
            throw new Refusal("That is no file's name: " + e.getReason(), "Name another one.");
        }
    }
}
