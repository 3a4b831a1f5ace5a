package com.aistrale.cli.chat;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.Inference;
import com.aistrale.PromptRef;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a conversation needs of the command line around it. */
public interface Host {
    /**
     * An error as the command line says it.
     *
     * @param advice may be empty
     */
    record Told(String what, String advice) {}

    /** The environment's variables. */
    Map<String, String> env();

    /** The version of the program. */
    String version();

    /** A client of a server that is there, whose calls end when their thread is interrupted. */
    Aistrale client();

    /** One that does not wait long for a server. */
    Aistrale impatient();

    /** Acts in this workspace from now on; null is that of the key, or the one that the command was given. */
    void workspace(@Nullable String id);

    /** The model that is configured, null for the workspace's default. */
    @Nullable
    String model();

    /** What an error says to its reader. */
    Told told(AistraleException error);

    /** What is to be said of an answer, such as that another model gave it. */
    Optional<String> remark(Inference answer);

    /** An amount of US dollars. */
    String dollars(BigDecimal amount);

    /** A prompt as it is named at the command line, with variables as {@code --var} takes them. */
    PromptRef prompt(String name, List<String> variables);

    /** A text without what could steer the terminal. */
    String safe(String text);
}
