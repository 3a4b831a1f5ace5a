package com.aistrale;

import com.aistrale.internal.Fields;

/**
 * A server that answers.
 *
 * @param status {@code ok}
 * @param version the server's version
 */
public record Health(String status, String version) {
    static Health read(Fields fields) {
        return new Health(fields.text("status"), fields.text("version"));
    }
}
