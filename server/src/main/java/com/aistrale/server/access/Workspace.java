package com.aistrale.server.access;

/** The tenant: tokens, keys and telemetry belong to exactly one. */
public record Workspace(String id, String name) {}
