package com.aistrale;

/** The records of single inferences. Used by several threads at once. */
public final class Inferences {
    private final Exchange exchange;

    Inferences(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * The record of one inference.
     *
     * @param id {@code inf_…}
     * @return as it stands now
     * @throws NotFoundException if there is none with this id in the workspace
     * @throws AistraleException if there is no answer
     */
    public InferenceRecord get(String id) {
        return exchange.object(Call.get(Call.path("/api/v1/inferences", id)), "record", InferenceRecord::read);
    }
}
