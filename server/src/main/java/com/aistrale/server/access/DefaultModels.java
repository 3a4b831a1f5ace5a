package com.aistrale.server.access;

import com.aistrale.server.kit.sql.Tx;
import org.jspecify.annotations.Nullable;

/** The default models of the workspaces, which the room of the tokens keeps. */
public interface DefaultModels {
    /** The pinned {@code provider/model}, or null. @param defaultWorkspace whether the environment's credentials count */
    @Nullable
    String defaultModel(String workspaceId, boolean defaultWorkspace);

    /** The pinned one as it stands in this transaction, or null; remembers and chooses nothing. */
    @Nullable
    String pinned(Tx tx, String workspaceId);

    /** Pins another one in this transaction; null unpins it, so that it is chosen anew from the credentials. */
    void setDefaultModel(Tx tx, String workspaceId, @Nullable String model);

    /** To be called after the commit: what was remembered of it is out of date. */
    void defaultModelChanged(String workspaceId);
}
