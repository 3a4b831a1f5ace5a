import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Receives AISTRALE's webhooks. Java 21 or later. */
public class Receiver {
    static final int MOST_BYTES = 32 << 20;
    // In memory: a table with a unique key outlives this process.
    static final Set<String> seen = new HashSet<>();
    static final ExecutorService worker = Executors.newSingleThreadExecutor();

    public static void main(String[] args) throws Exception {
        Webhook webhook = new Webhook(System.getenv("WEBHOOK_SECRET"));
        HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(System.getenv("PORT"))), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/hook", exchange -> receive(exchange, webhook));
        server.start();
    }

    static void receive(HttpExchange exchange, Webhook webhook) throws IOException {
        try (exchange) {
            byte[] bytes = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
            String body = new String(bytes, UTF_8); // as it came
            if (bytes.length > MOST_BYTES || !verified(webhook, body, exchange)) {
                exchange.sendResponseHeaders(400, -1);
                return;
            }
            String id = exchange.getRequestHeaders().getFirst("webhook-id");
            worker.execute(() -> work(id, body));
            exchange.sendResponseHeaders(204, -1);
        }
    }

    static boolean verified(Webhook webhook, String body, HttpExchange exchange) {
        try {
            webhook.verify(body, exchange.getRequestHeaders());
            return true;
        } catch (WebhookVerificationException e) {
            return false;
        }
    }

    static void work(String id, String body) {
        if (!seen.add(id)) {
            return;
        }
        JsonObject event = JsonParser.parseString(body).getAsJsonObject();
        JsonObject data = event.getAsJsonObject("data");
        switch (event.get("type").getAsString()) {
            case "cost.threshold_exceeded" -> System.out.printf(
                    "%s: $%s of $%s spent, %s %% crossed%n",
                    data.get("name").getAsString(),
                    data.get("spent_usd").getAsString(),
                    data.get("limit_usd").getAsString(),
                    data.get("threshold_percent").getAsString());
            case "inference.failed" -> System.out.printf(
                    "%s failed: %s%n",
                    data.get("inference_id").getAsString(),
                    data.getAsJsonObject("error").get("message").getAsString());
            default -> {} // a type of tomorrow
        }
    }
}
