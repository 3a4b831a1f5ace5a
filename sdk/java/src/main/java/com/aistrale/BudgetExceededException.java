package com.aistrale;

/** A budget that blocks is spent (402). */
public class BudgetExceededException extends ApiStatusException {
    private static final long serialVersionUID = 1;

    BudgetExceededException(Failure failure) {
        super(failure);
    }
}
