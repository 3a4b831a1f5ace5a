package com.aistrale;

/**
 * A budget that blocks has no room for this inference (402); the message names it, its limit, and when its period ends. Where only what
 * running inferences have put aside stands in the way, {@link #retryAfter} is there, and the call was tried again before it failed.
 */
public class BudgetExceededException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    BudgetExceededException(Failure failure) {
        super(failure);
    }
}
