package com.aistrale;

/** Single inferences: their records, and their end. Used by several threads at once. */
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
        return exchange.object(Call.get(Call.path(Call.INFERENCES, id)), "record", InferenceRecord::read);
    }

    /**
     * Ends an inference, wherever in the server it runs. Whoever waits for its answer gets a {@link CancelledException}. One that has
     * ended stays as it ended.
     *
     * @param id {@code inf_…}
     * @return as it stands now; where another node of the server runs it, it may say {@code running} for a second more
     * @throws NotFoundException if there is none with this id in the workspace
     * @throws AistraleException if there is no answer
     */
    public InferenceRecord cancel(String id) {
        return exchange.object(Call.cancel(id), "record", InferenceRecord::read);
    }
}
