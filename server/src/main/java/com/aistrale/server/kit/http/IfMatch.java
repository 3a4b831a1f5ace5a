package com.aistrale.server.kit.http;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * For which state of a resource a change is meant: the request's {@code If-Match} (RFC 9110, 13.1.1), whose tags are the
 * revisions that {@link Exchange#setRevision} sends as {@code ETag}. Immutable.
 */
public final class IfMatch {
    /** Whatever the state: the header is absent, or {@code *}. */
    public static final IfMatch ANY = new IfMatch(null);

    private static final Pattern TAG = Pattern.compile("\\s*+(W/)?\"([\\x21\\x23-\\x7e\\x80-\\xff]*+)\"\\s*+(?:,|$)");

    private final @Nullable Set<String> tags;

    private IfMatch(@Nullable Set<String> tags) {
        this.tags = tags;
    }

    /** @param header the header's value, or null without one */
    static IfMatch read(@Nullable String header) {
        if (header == null || header.strip().equals("*")) {
            return ANY;
        }
        var tags = new HashSet<String>();
        var tag = TAG.matcher(header);
        int end = 0;
        do {
            if (!tag.region(end, header.length()).lookingAt()) {
                throw Problem.invalid(
                                "",
                                "the header If-Match is `" + header + "`; send the ETag as it came, with its quotes,"
                                        + " such as \"3\"")
                        .exception();
            }
            if (tag.group(1) == null) { // a weak tag matches nothing here
                tags.add(tag.group(2));
            }
            end = tag.end();
        } while (end < header.length());
        return new IfMatch(tags);
    }

    /**
     * Refuses a change that was meant for another state.
     *
     * @param resource how to call it, such as {@code "The prompt greeting"}
     * @throws ProblemException {@code precondition_failed}, which names the present revision
     */
    public void check(long revision, String resource) {
        if (tags != null && !tags.contains(String.valueOf(revision))) {
            throw Problem.of(
                            ProblemCode.PRECONDITION_FAILED,
                            resource + " has changed meanwhile: its revision is now " + revision
                                    + ". Read it again, then send the change with If-Match: \"" + revision + "\".")
                    .exception();
        }
    }
}
