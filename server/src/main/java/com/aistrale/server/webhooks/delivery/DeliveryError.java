package com.aistrale.server.webhooks.delivery;

import java.util.Locale;

/** Why an attempt failed, or a delivery ended without one. */
enum DeliveryError {
    /** Neither 2xx nor 3xx. */
    HTTP_STATUS,
    /** 3xx, which is not followed. */
    REDIRECT,
    /** 410: the receiver wants no more. */
    GONE,
    TIMEOUT,
    DNS,
    CONNECTION_REFUSED,
    /** It broke before the answer. */
    CONNECTION_LOST,
    TLS,
    /** The host leads to an address that is not public and was not opened. */
    TARGET_BLOCKED,
    /** The webhook's secret was sealed with a master key that is not at hand. */
    SECRET_UNREADABLE,
    /** Something went wrong in the server, whose log says what. */
    INTERNAL,
    WEBHOOK_DISABLED,
    WEBHOOK_DELETED,
    /** What it tells of was deleted. */
    EVENT_DELETED;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    String wireName() {
        return wireName;
    }

    /** Whether trying again cannot help. */
    boolean isFinal() {
        return switch (this) {
            case GONE, TARGET_BLOCKED, WEBHOOK_DISABLED, WEBHOOK_DELETED, EVENT_DELETED -> true;
            case HTTP_STATUS,
                    REDIRECT,
                    TIMEOUT,
                    DNS,
                    CONNECTION_REFUSED,
                    CONNECTION_LOST,
                    TLS,
                    SECRET_UNREADABLE,
                    INTERNAL -> false;
        };
    }
}
