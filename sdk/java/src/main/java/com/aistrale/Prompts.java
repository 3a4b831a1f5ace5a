package com.aistrale;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The workspace's prompts: named templates with numbered versions that never change, and labels that move from version to version. Used
 * by several threads at once; every method throws an {@link AistraleException} where the server does not answer with what was asked for,
 * a {@link NotFoundException} where there is no such prompt or version.
 */
public final class Prompts {
    private static final String PATH = "/api/v1/prompts";
    private static final String DOTPROMPT = "text/plain; charset=utf-8";
    private static final int CREATED = 201;
    private static final int LONGEST_FILE = 64 * 1024 * 1024;
    private final Exchange exchange;
    private final @Nullable Long revision;

    Prompts(Exchange exchange, @Nullable Long revision) {
        this.exchange = exchange;
        this.revision = revision;
    }

    /**
     * The same prompts, of which one is changed only where nobody else changed it: otherwise a change through this view is a {@link
     * ConflictException}.
     *
     * @param revision what {@link Prompt#revision} was when it was looked at
     * @return a view for the next change
     */
    public Prompts ifRevision(long revision) {
        return new Prompts(exchange, revision);
    }

    /**
     * All of them, by name.
     *
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<Prompt> list() {
        return new Paged<>(exchange, PATH, Map.of(), Prompt::read);
    }

    /**
     * Those with a text in their name.
     *
     * @param text in upper or lower case
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<Prompt> search(String text) {
        return new Paged<>(exchange, PATH, Map.of("q", text), Prompt::read);
    }

    /**
     * One of them.
     *
     * @param name such as {@code greeting}
     * @return without the texts, which are in its versions
     */
    public Prompt get(String name) {
        return exchange.object(Call.get(Call.path(PATH, name)), "prompt", Prompt::read);
    }

    /**
     * Makes a prompt with its first version.
     *
     * @param name letters, digits and {@code . _ -}, at most 100 of them
     * @param content the first version
     * @return what was made
     * @throws ConflictException if there is one with this name
     */
    public Prompt create(String name, PromptContent content) {
        return create(name, null, content);
    }

    /**
     * Makes a prompt with its first version, and says what it is for.
     *
     * @param name letters, digits and {@code . _ -}, at most 100 of them
     * @param description what it is for, null for nothing
     * @param content the first version
     * @return what was made
     * @throws ConflictException if there is one with this name
     */
    public Prompt create(String name, @Nullable String description, PromptContent content) {
        var body = new LinkedHashMap<String, @Nullable Object>();
        body.put("name", name);
        if (description != null) {
            body.put("description", description);
        }
        body.putAll(content.fields());
        return exchange.object(Call.post(PATH, body), "prompt", Prompt::read);
    }

    /**
     * Says anew what a prompt is for.
     *
     * @param name which
     * @param description null for nothing
     * @return as it is now
     */
    public Prompt update(String name, @Nullable String description) {
        var body = new LinkedHashMap<String, @Nullable Object>();
        body.put("description", description);
        return exchange.object(Call.post(Call.path(PATH, name), body).ifMatch(revision), "prompt", Prompt::read);
    }

    /**
     * Takes a prompt away. What telemetry says of its versions stays, and made again it goes on with the next version's number.
     *
     * @param name which
     */
    public void delete(String name) {
        exchange.noContent(Call.delete(Call.path(PATH, name)).ifMatch(revision));
    }

    /**
     * A prompt's versions, the newest first.
     *
     * @param name which
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<PromptVersion> versions(String name) {
        return new Paged<>(exchange, Call.path(PATH, name, "versions"), Map.of(), PromptVersion::read);
    }

    /**
     * One version.
     *
     * @param name of which prompt
     * @param version from 1
     * @return its texts, variables and settings
     */
    public PromptVersion version(String name, long version) {
        var path = Call.path(PATH, name, "versions", Long.toString(version));
        return exchange.object(Call.get(path), "version", PromptVersion::read);
    }

    /**
     * Adds a version, which is then the latest.
     *
     * @param name to which prompt
     * @param content all of it: nothing is taken over from the version before
     * @return what was made
     */
    public PromptVersion createVersion(String name, PromptContent content) {
        var call = Call.post(Call.path(PATH, name, "versions"), content.fields());
        return exchange.object(call.ifMatch(revision), "version", PromptVersion::read);
    }

    /**
     * Puts a label at a version, wherever it was before.
     *
     * @param name of which prompt
     * @param label such as {@code production}; {@code latest} moves by itself
     * @param version from 1
     * @return as it is now
     */
    public Prompt setLabel(String name, String label, long version) {
        var body = Call.Body.json(Map.of("version", version));
        var call = Call.put(Call.path(PATH, name, "labels", label), body);
        return exchange.object(call.ifMatch(revision), "prompt", Prompt::read);
    }

    /**
     * Takes a label away.
     *
     * @param name of which prompt
     * @param label which
     */
    public void removeLabel(String name, String label) {
        exchange.noContent(Call.delete(Call.path(PATH, name, "labels", label)).ifMatch(revision));
    }

    /**
     * Puts variables into a prompt, and asks no model.
     *
     * @param prompt which, and its variables
     * @return what a model would be asked
     * @throws BadRequestException if a variable is missing, unknown or of another type: {@link Problem#errors} names it
     */
    public RenderedPrompt render(PromptRef prompt) {
        var call = Call.post(Call.path(PATH, prompt.name(), "render"), prompt.withoutName());
        return exchange.object(call.asRepeatable(), "rendered prompt", RenderedPrompt::read);
    }

    /**
     * What changed between two versions.
     *
     * @param name of which prompt
     * @param from a version's number or a label
     * @param to a version's number or a label
     * @return empty changes where nothing did
     */
    public PromptDiff diff(String name, String from, String to) {
        var which = new TreeMap<>(Map.of("from", from, "to", to));
        var call = Call.get(Call.target(Call.path(PATH, name, "diff"), which));
        return exchange.object(call, "difference", PromptDiff::read);
    }

    /**
     * A version as a Dotprompt file.
     *
     * @param prompt which; its variables are not looked at
     * @return the file's text
     */
    public String exportDotprompt(PromptRef prompt) {
        var which = new TreeMap<String, String>();
        prompt.which().forEach((name, value) -> which.put(name, value.toString()));
        var call = Call.get(Call.target(Call.path(PATH, prompt.name(), "dotprompt"), which));
        return exchange.answer(
                call.with("accept", "text/plain"),
                answer -> new String(answer.body().readNBytes(LONGEST_FILE), UTF_8));
    }

    /**
     * Takes in a Dotprompt file: makes the prompt, or a new version. May be done again and again: a file that says what the latest version
     * says makes none.
     *
     * @param name which prompt
     * @param file the file's text
     * @return the latest version
     * @throws BadRequestException if the file has what no prompt has: {@link Problem#errors} names it
     */
    public ImportedPrompt importDotprompt(String name, String file) {
        var call = Call.put(Call.path(PATH, name, "dotprompt"), new Call.Body(DOTPROMPT, file));
        return exchange.answer(
                call.ifMatch(revision),
                answer -> new ImportedPrompt(
                        exchange.object(answer, "version", PromptVersion::read), answer.status() == CREATED));
    }
}
