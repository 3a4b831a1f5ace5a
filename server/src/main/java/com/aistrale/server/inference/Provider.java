package com.aistrale.server.inference;

import com.aistrale.server.kit.problem.ProblemException;
import org.jspecify.annotations.Nullable;

/**
 * The port to an upstream format. Implementations hold no state of a call and are called from many threads; they block
 * the calling (virtual) thread.
 *
 * <p>Duties: what the format cannot say is a {@link ProblemException} of {@code invalid_request} before anything is
 * sent; whatever goes wrong with the provider is a {@link ProviderFailure}; a stream that ends without the format's
 * honest end is a failure; a cancelled call ({@link ProviderCall#cancellation}) ends soon with
 * {@link ProviderFailure.Kind#CANCELLED}; the credential appears in no message.
 */
public interface Provider {
    /** Asks once and waits for the whole answer. */
    Completion complete(ProviderCall call);

    /**
     * Asks once and hands over what comes, as it comes, on the calling thread; the sink may block, which slows the
     * provider down. Returns after the provider's honest end. What the sink throws passes through, after the upstream
     * call is closed.
     */
    void stream(ProviderCall call, ChunkSink sink);

    /**
     * The most output that this format asks a provider for where the request names no maximum: what is put aside for such
     * a request is what is sent.
     *
     * @return null where nothing is sent, so that the provider's own maximum holds
     */
    default @Nullable Integer usualMaximum(String model, ChatRequest request) {
        return null;
    }
}
