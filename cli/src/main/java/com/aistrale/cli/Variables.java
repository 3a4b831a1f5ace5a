package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.internal.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A prompt's variables, as the command line takes them. */
final class Variables {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    @Option(
            names = "--var",
            paramLabel = "KEY=VALUE",
            description =
                    "A variable of the prompt: KEY=TEXT, or KEY:=JSON for a number, a boolean, a list or an object.")
    private List<String> given = List.of();

    @Option(
            names = "--var-file",
            paramLabel = "KEY=FILE",
            description = "A variable whose text is a file's, or with - standard input's.")
    private List<String> files = List.of();

    boolean isEmpty() {
        return given.isEmpty() && files.isEmpty();
    }

    Map<String, @Nullable Object> read(Io io) {
        var variables = of(given);
        for (var variable : files) {
            var sign = sign("--var-file", variable);
            var text = text(io, variable.substring(sign + 1));
            variables.put(name("--var-file", variable.substring(0, sign)), text);
        }
        return variables;
    }

    /** Those of {@code --var}. */
    static Map<String, @Nullable Object> of(List<String> given) {
        var variables = new LinkedHashMap<String, @Nullable Object>();
        for (var variable : given) {
            var sign = sign("--var", variable);
            var value = variable.substring(sign + 1);
            if (variable.charAt(sign - 1) == ':') {
                variables.put(name("--var", variable.substring(0, sign - 1)), json(variable, value));
            } else {
                variables.put(name("--var", variable.substring(0, sign)), value);
            }
        }
        return variables;
    }

    private static int sign(String option, String variable) {
        var sign = variable.indexOf('=');
        if (sign < 1) {
            throw new CliException(
                    option + " " + Io.line(variable) + " has no KEY=.",
                    "Write it like name=Ada, count:=3 or list:=[1,2].",
                    Exit.USAGE);
        }
        return sign;
    }

    private static String name(String option, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new CliException(
                    option + ": \"" + Io.line(name) + "\" is no variable's name.",
                    "Names have letters, digits and _, and no digit first.",
                    Exit.USAGE);
        }
        return name;
    }

    private static @Nullable Object json(String variable, String value) {
        try {
            return Json.parse(value);
        } catch (Json.MalformedJson e) {
            throw new CliException(
                    "--var " + Io.line(variable) + " is " + Io.line(String.valueOf(e.getMessage())),
                    "After := stands JSON. For a text write KEY=TEXT.",
                    Exit.USAGE);
        }
    }

    private static String text(Io io, String file) {
        try {
            return new String(file.equals("-") ? io.in().readAllBytes() : Files.readAllBytes(Path.of(file)), UTF_8);
        } catch (IOException e) {
            throw new CliException("Cannot read " + Io.line(file) + ": " + Io.line(e.toString()), "", Exit.USAGE);
        }
    }
}
