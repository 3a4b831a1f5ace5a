package com.aistrale.server.routing;

/** What a circuit is for: one workspace's calls of one provider's model. */
record Place(String workspaceId, String provider, String model) {
    /** As requests name it. */
    String name() {
        return provider + "/" + model;
    }
}
