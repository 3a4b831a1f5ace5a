package com.aistrale.cli;

import com.aistrale.Workspace;
import com.aistrale.WorkspaceSettings;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale workspaces}: the server's tenants. */
@Command(
        name = "workspaces",
        addMethodSubcommands = false,
        header = "Make, list, change and delete workspaces.",
        description = {
            "Prompts, tokens, keys and telemetry belong to exactly one workspace. Only the server's operator",
            "(AISTRALE_ADMIN_KEY) makes and deletes them, and acts in another than the default one by --workspace ID."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale workspaces create research --retention-days 90",
            "  aistrale keys create --name first --role admin --workspace ws_01k9…",
            "  aistrale workspaces update ws_01k9… --capture-content",
            "  aistrale workspaces list"
        })
final class WorkspacesCommand implements Callable<Integer> {
    private final Session session;

    WorkspacesCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException(
                "Which: list, get, create, update or delete?", "Its commands: aistrale workspaces --help", Exit.USAGE);
    }

    @Command(name = "list", header = "List the workspaces that the key in use may see.")
    int list(@Mixin Output output) {
        output.list(session.io(), records(), session.connected().workspaces().list(), "The key in use may see none.");
        return Exit.OK;
    }

    private static Records<Workspace> records() {
        return Records.of(Workspace::toJson)
                .text("ID", "id", Workspace::id)
                .text("NAME", "name", Workspace::name)
                .text("CONTENT", WorkspacesCommand::content, "capture_content", Workspace::captureContent)
                .text("RETENTION", WorkspacesCommand::retention, "retention_days", Workspace::retentionDays)
                .text("DEFAULT MODEL", "default_model", Workspace::defaultModel)
                .text("CREATED", "created_at", Workspace::createdAt);
    }

    @Command(name = "get", header = "Show one workspace.")
    int get(
            @Parameters(paramLabel = "ID", description = "Its id, ws_…: see aistrale workspaces list.") String id,
            @Mixin Output output) {
        return show(session.connected().workspaces().get(id), output);
    }

    @Command(name = "create", header = "Make a workspace.")
    int create(
            @Parameters(paramLabel = "NAME", description = "A name of your own for it.") String name,
            @Option(
                            names = "--capture-content",
                            negatable = true,
                            description = "Keep what is asked and answered. Not kept unless told otherwise.")
                    @Nullable
                    Boolean captureContent,
            @Option(
                            names = "--retention-days",
                            paramLabel = "N",
                            description = "Delete telemetry after so many days. Kept for ever unless told otherwise.")
                    @Nullable
                    Integer retentionDays,
            @Option(
                            names = "--default-model",
                            paramLabel = "MODEL",
                            description = "The model that answers when none is named.")
                    @Nullable
                    String defaultModel,
            @Mixin Output output) {
        var settings = settings(name, captureContent, retentionDays, false, defaultModel);
        var made = session.connected().workspaces().create(settings);
        show(made, output);
        session.io().note("Make a key for it: aistrale keys create --name first --role admin --workspace " + made.id());
        return Exit.OK;
    }

    @Command(name = "update", header = "Change a workspace's settings. What is not named stays.")
    int update(
            @Parameters(paramLabel = "ID", description = "Its id, ws_…: see aistrale workspaces list.") String id,
            @Option(names = "--name", paramLabel = "NAME", description = "A name of your own for it.") @Nullable
                    String name,
            @Option(names = "--capture-content", negatable = true, description = "Keep what is asked and answered.")
                    @Nullable
                    Boolean captureContent,
            @Option(names = "--retention-days", paramLabel = "N", description = "Delete telemetry after so many days.")
                    @Nullable
                    Integer retentionDays,
            @Option(names = "--keep-for-ever", description = "Delete no telemetry.") boolean keep,
            @Option(
                            names = "--default-model",
                            paramLabel = "MODEL",
                            description = "The model that answers when none is named.")
                    @Nullable
                    String defaultModel,
            @Mixin Output output) {
        if (name == null && captureContent == null && retentionDays == null && !keep && defaultModel == null) {
            throw new CliException(
                    "There is nothing to change.", "Its options: aistrale workspaces update --help", Exit.USAGE);
        }
        var settings = settings(name, captureContent, retentionDays, keep, defaultModel);
        return show(session.connected().workspaces().update(id, settings), output);
    }

    @Command(name = "delete", header = "Delete a workspace with everything in it, for ever.")
    int delete(
            @Parameters(paramLabel = "ID", description = "Its id, ws_…: see aistrale workspaces list.") String id,
            @Option(
                            names = {"-y", "--yes"},
                            description = "Do not ask.")
                    boolean yes) {
        new Confirmation(session.io())
                .of(
                        "This deletes workspace " + Io.line(id)
                                + " with all its prompts, tokens, keys and telemetry, for ever.",
                        yes);
        session.connected().workspaces().delete(id);
        session.io().out().println("Deleted " + id);
        return Exit.OK;
    }

    private static WorkspaceSettings settings(
            @Nullable String name,
            @Nullable Boolean captureContent,
            @Nullable Integer retentionDays,
            boolean keep,
            @Nullable String defaultModel) {
        if (retentionDays != null && keep) {
            throw new CliException(
                    "--retention-days and --keep-for-ever contradict each other.", "Give one of the two.", Exit.USAGE);
        }
        var settings = WorkspaceSettings.none();
        settings = name == null ? settings : settings.name(name);
        settings = captureContent == null ? settings : settings.captureContent(captureContent);
        settings = retentionDays == null ? settings : settings.retentionDays(retentionDays);
        settings = keep ? settings.keepForEver() : settings;
        return defaultModel == null ? settings : settings.defaultModel(defaultModel);
    }

    private int show(Workspace workspace, Output output) {
        return output.one(session.io(), records(), workspace, () -> show(workspace));
    }

    private void show(Workspace workspace) {
        var out = session.io().out();
        var model = workspace.defaultModel();
        out.println("id             " + Io.line(workspace.id()));
        out.println("name           " + Io.line(workspace.name()));
        out.println("content        " + content(workspace));
        out.println("retention      " + retention(workspace));
        out.println("default model  " + (model == null ? "-" : Io.line(model)));
        out.println("created        " + Times.local(workspace.createdAt()));
    }

    private static String content(Workspace workspace) {
        return workspace.captureContent() ? "kept" : "not kept";
    }

    private static String retention(Workspace workspace) {
        return workspace.retentionDays() == null ? "for ever" : workspace.retentionDays() + " days";
    }
}
