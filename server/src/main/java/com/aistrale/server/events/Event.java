package com.aistrale.server.events;

import java.time.Instant;

/**
 * Something that happened in a workspace, as {@code contract/} describes it for webhooks.
 *
 * @param id {@code evt_…}
 * @param type such as {@code inference.completed}
 * @param data JSON text
 */
public record Event(String id, String workspaceId, String type, Instant timestamp, String data) {}
