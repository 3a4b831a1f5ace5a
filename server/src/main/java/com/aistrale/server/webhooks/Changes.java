package com.aistrale.server.webhooks;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is to be different; each null stays as it is.
 *
 * @param named whether anything is said of the name
 * @param name the new name, which may be none
 * @param filter empty for none
 * @param headers instead of all that there are
 */
record Changes(
        boolean named,
        @Nullable String name,
        @Nullable String url,
        @Nullable List<String> events,
        @Nullable Map<String, String> filter,
        @Nullable Boolean includeContent,
        @Nullable Map<String, String> headers,
        @Nullable Boolean enabled) {}
