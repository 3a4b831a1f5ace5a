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

    /**
     * Ends the inference that runs the request with an idempotency key, also while nothing is known of it yet; else as {@link #cancel}.
     * What comes with the key within 30 seconds of that is not run either, and throws a {@link CancelledException}: it may have been on
     * its way. Use another key then, or cancel by the id.
     *
     * @param idempotencyKey as it was given to the call, see {@link RunOptions.Builder#idempotencyKey}
     * @return as it stands now; where another node of the server runs it, it may say {@code running} for a second more
     * @throws NotFoundException if no inference of the workspace has this key
     * @throws AistraleException if there is no answer
     */
    public InferenceRecord cancelByKey(String idempotencyKey) {
        return exchange.object(Call.cancelByKey(idempotencyKey), "record", InferenceRecord::read);
    }
}
