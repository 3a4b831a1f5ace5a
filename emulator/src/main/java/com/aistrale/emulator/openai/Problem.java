package com.aistrale.emulator.openai;

import com.aistrale.emulator.shape.Path;
import java.util.List;
import java.util.Set;

/** A request whose fields are right each and wrong together. */
public sealed interface Problem {
    /** A tool message that answers no call of the assistant message before it. */
    record ResultWithoutCall(Path at) implements Problem {}

    /** Calls of an assistant message that the messages after it do not all answer. */
    record CallWithoutResult(int message, int next, List<String> ids) implements Problem {
        public CallWithoutResult {
            ids = List.copyOf(ids);
        }
    }

    /** A parameter that this model does not take. */
    record Unsupported(String parameter, String instead) implements Problem {}

    /** A value other than the only one that this model takes. */
    record OnlyDefault(String parameter, String value) implements Problem {}

    /** JSON mode without the word JSON in any message. */
    record NoMentionOfJson() implements Problem {}

    /** A JSON schema that strict mode does not take. */
    record BadSchema(Path at, String name, String reason) implements Problem {}

    /** An image that cannot be read. */
    record BadImage(Path at, boolean undecodable) implements Problem {}

    /** tool_choice without tools. */
    record ChoiceWithoutTools() implements Problem {}

    /** tool_choice names a tool that is not offered. */
    record NoSuchTool(String name, Set<String> offered) implements Problem {
        public NoSuchTool {
            offered = Set.copyOf(offered);
        }
    }

    /** Both ways of bounding the answer at once. */
    record BothLimits() implements Problem {}

    /** stream_options without stream. */
    record StreamOptionsWithoutStream() implements Problem {}
}
