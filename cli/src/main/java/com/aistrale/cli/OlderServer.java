package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.ApiStatusException;
import com.aistrale.Problem;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells a server that does not know an operation, a parameter or a field yet from one that refuses what it knows. */
final class OlderServer {
    private static final Pattern NO_PATH = Pattern.compile("There is nothing at this path\\b.*", Pattern.DOTALL);
    private static final Pattern UNKNOWN = Pattern.compile("unknown (field|parameter)\\b.*", Pattern.DOTALL);

    private OlderServer() {}

    static boolean mayBe(ApiStatusException refused) {
        var problem = refused.problem();
        return switch (refused.status()) {
            case 404 ->
                problem != null
                        && NO_PATH.matcher(String.valueOf(problem.detail())).matches();
            case 405 -> true;
            case 400 -> problem != null && problem.errors().stream().anyMatch(OlderServer::isUnknown);
            default -> false;
        };
    }

    private static boolean isUnknown(Problem.FieldError error) {
        return UNKNOWN.matcher(String.valueOf(error.detail())).matches();
    }

    /**
     * Empty where the server is no older and named what is wrong: then its own words say more.
     *
     * @param version the server's
     */
    static Optional<CliException> of(ApiStatusException refused, String url, String version) {
        var exit = refused.status() == 404 ? Exit.STATE : Exit.USAGE;
        if (compare(version, Aistrale.VERSION) < 0) {
            return Optional.of(new CliException(
                    "The server at " + url + " is version " + Io.line(version) + " and does not know this yet: it takes"
                            + " version " + Aistrale.VERSION + " or later, as this aistrale is.",
                    "Upgrade the server, or use aistrale " + Io.line(version) + ".",
                    exit));
        }
        if (refused.status() != 404) {
            return Optional.empty();
        }
        return Optional.of(new CliException(
                "The server at " + url + " (version " + Io.line(version)
                        + ") has nothing at the path that this aistrale" + " (version " + Aistrale.VERSION
                        + ") asked for.",
                "Is a proxy in between, or a path too much in api_url? See: aistrale config list",
                exit));
    }

    /** Number by number; what is no number counts as 0, so that 0.2.0-rc1 is 0.2.0. */
    static int compare(String a, String b) {
        var left = a.split("[.+-]", -1);
        var right = b.split("[.+-]", -1);
        for (var i = 0; i < 3; i++) {
            var order = Long.compare(number(left, i), number(right, i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static long number(String[] parts, int at) {
        return at < parts.length && parts[at].matches("[0-9]{1,9}") ? Long.parseLong(parts[at]) : 0;
    }
}
