package com.aistrale;

import java.util.Map;

/**
 * The server's workspaces: an operator sees and makes all of them, everybody else sees their own. Used by several threads at once; every
 * method throws an {@link AistraleException} where the server does not answer with what was asked for.
 */
public final class Workspaces {
    private static final String PATH = "/api/v1/workspaces";
    private final Exchange exchange;

    Workspaces(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * Those that this client may see.
     *
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<Workspace> list() {
        return new Paged<>(exchange, PATH, Map.of(), Workspace::read);
    }

    /**
     * One of them.
     *
     * @param id {@code ws_…}
     * @return as it is now
     * @throws NotFoundException if there is none with this id
     */
    public Workspace get(String id) {
        return exchange.object(Call.get(Call.path(PATH, id)), "workspace", Workspace::read);
    }

    /**
     * Makes a workspace. Only the operator may.
     *
     * @param settings its name at least
     * @return what was made
     */
    public Workspace create(WorkspaceSettings settings) {
        return exchange.object(Call.post(PATH, settings.fields()), "workspace", Workspace::read);
    }

    /**
     * Changes a workspace. Its admins and the operator may.
     *
     * @param id {@code ws_…}
     * @param settings what is to change
     * @return as it is now
     * @throws NotFoundException if there is none with this id
     */
    public Workspace update(String id, WorkspaceSettings settings) {
        return exchange.object(Call.post(Call.path(PATH, id), settings.fields()), "workspace", Workspace::read);
    }

    /**
     * Deletes a workspace with everything in it. Only the operator may, and not the default one.
     *
     * @param id {@code ws_…}
     * @throws NotFoundException if there is none with this id
     * @throws ConflictException if it is the default one
     */
    public void delete(String id) {
        exchange.noContent(Call.delete(Call.path(PATH, id)));
    }
}
