package com.aistrale;

import com.aistrale.internal.Fields;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A webhook that was just made, or has a new secret. It prints without the secret.
 *
 * @param webhook what the server shows of it from now on
 * @param secret what signs its events, {@code whsec_…}, for {@link Webhooks#unwrap}: the server never shows it again
 */
public record NewWebhook(Webhook webhook, String secret) {
    static NewWebhook read(Fields fields) {
        var shown = new LinkedHashMap<String, @Nullable Object>(fields.json());
        shown.remove("secret");
        return new NewWebhook(Webhook.read(new Fields("webhook", shown)), fields.text("secret"));
    }

    @Override
    public String toString() {
        return webhook.id() + " to " + webhook.url();
    }
}
