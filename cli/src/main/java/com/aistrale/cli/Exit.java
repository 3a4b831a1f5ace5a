package com.aistrale.cli;

import com.aistrale.AistraleException;
import com.aistrale.ApiConnectionException;
import com.aistrale.ApiStatusException;
import com.aistrale.AuthenticationException;
import com.aistrale.BadRequestException;
import com.aistrale.BudgetExceededException;
import com.aistrale.CancelledException;
import com.aistrale.ConfigurationException;
import com.aistrale.ConflictException;
import com.aistrale.InterruptedInferenceException;
import com.aistrale.NoProviderException;
import com.aistrale.NotFoundException;
import com.aistrale.OverloadedException;
import com.aistrale.PermissionDeniedException;
import com.aistrale.ProviderException;
import com.aistrale.RateLimitException;
import com.aistrale.StreamInterruptedException;

/** What an error says on the terminal, and with which code the program ends. */
final class Exit {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int ACCESS = 3;
    static final int STATE = 4;
    static final int BUDGET = 5;
    static final int PROVIDER = 6;
    static final int CONNECTION = 7;
    /** A batch came to its end, and some of its lines have no answer. */
    static final int SOME_FAILED = 8;

    static final int INTERRUPTED = 130;
    /** What a shell says of a program that wrote where nobody reads. */
    static final int BROKEN_PIPE = 141;

    private Exit() {}

    static CliException of(AistraleException error) {
        var message = Io.line(String.valueOf(error.getMessage()));
        var end = message.indexOf("): ");
        if (error instanceof ApiConnectionException && end > 0) {
            return new CliException(message.substring(0, end + 1), capitalised(message.substring(end + 3)), CONNECTION);
        }
        return new CliException(message, advice(error), code(error));
    }

    static int code(AistraleException error) {
        return switch (error) {
            case BadRequestException e -> USAGE;
            case NoProviderException e -> USAGE;
            case ConfigurationException e -> USAGE;
            case AuthenticationException e -> ACCESS;
            case PermissionDeniedException e -> ACCESS;
            case NotFoundException e -> STATE;
            case ConflictException e -> STATE;
            case BudgetExceededException e -> BUDGET;
            case RateLimitException e -> PROVIDER;
            case ProviderException e -> PROVIDER;
            case OverloadedException e -> PROVIDER;
            case CancelledException e -> PROVIDER;
            case InterruptedInferenceException e -> PROVIDER;
            case ApiConnectionException e -> CONNECTION;
            case StreamInterruptedException e -> CONNECTION;
            default -> FAILED;
        };
    }

    private static String advice(AistraleException error) {
        return switch (error) {
            case BadRequestException e -> "Look at the options of the command: add --help to it.";
            case NoProviderException e -> "Add a provider's token: aistrale tokens add --provider openai";
            case ConfigurationException e -> "Correct it there, or with: aistrale config set KEY VALUE";
            case AuthenticationException e ->
                "Give the right API key: aistrale config set api_key, or AISTRALE_API_KEY. A local server writes its own"
                        + " into the default profile.";
            case PermissionDeniedException e -> "Ask for a key with a role that may do this.";
            case NotFoundException e ->
                "Look at what is there: aistrale prompts list, tokens list, keys list, budgets list, aliases list, webhooks list,"
                        + " telemetry view or traces list.";
            case ConflictException e -> "Look at the present state, and try again if it still makes sense.";
            case BudgetExceededException e ->
                e.retryAfter() == null
                        ? "Raise the budget, or wait for its next period: aistrale budgets list"
                        : "Try again in a moment: what running inferences do not need of it, they give back.";
            case RateLimitException e ->
                "rate_limited".equals(e.code())
                        ? "Try again " + when(e, "later") + ", or give the key more: aistrale keys update"
                        : "Try again " + when(e, "later") + ", or another provider: --provider, --fallback";
            case ProviderException e ->
                "provider_authentication_failed".equals(e.code())
                        ? "Give it another secret: aistrale tokens list, then aistrale tokens update ID --replace"
                        : "Try again " + when(e, "in a moment")
                                + ", or another provider: --provider, --fallback. Its health: aistrale providers list";
            case CancelledException e -> "Somebody ended it. Run it again, if that was not meant.";
            case OverloadedException e -> "Try again in a moment.";
            case StreamInterruptedException e -> "Look at what became of it: aistrale telemetry view --last 1h";
            case ApiStatusException e -> "Look at the server's log; aistrale status says where it runs.";
            default -> "Run it again with --debug to see where it happened.";
        };
    }

    private static String when(ApiStatusException error, String otherwise) {
        var pause = error.retryAfter();
        return pause == null ? otherwise : "in " + Math.max(1, pause.toSeconds()) + " s";
    }

    private static String capitalised(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1) + (text.endsWith(".") ? "" : ".");
    }
}
