package com.aistrale.server.inference;

import com.aistrale.server.tokens.Endpoint;
import java.util.List;

/** The port to a provider's own list of models. Thread-safe; blocks the calling thread. */
@FunctionalInterface
public interface ModelLister {
    /** The ids of the models behind the endpoint, as the provider says them; empty when it does not say in time. */
    List<String> models(Endpoint endpoint);
}
