package com.aistrale.emulator.control;

import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.http.Exchange;
import com.aistrale.emulator.http.Ports;
import com.aistrale.emulator.http.Request;
import com.aistrale.emulator.journal.Recorded;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.wire.World;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Scripts and journal over HTTP, below {@code /_emulator}. */
public final class Control {
    private static final String ROOT = "/_emulator";

    private final World world;
    private final List<String> providers;
    private final Ports ports;

    public Control(World world, List<String> providers, Ports ports) {
        this.world = world;
        this.providers = List.copyOf(providers);
        this.ports = ports;
    }

    public static boolean isFor(String path) {
        return path.equals(ROOT) || path.startsWith(ROOT + "/");
    }

    /** Answers; what the client sent wrong is told in a 400. */
    public void answer(Request request, Exchange exchange) {
        try {
            switch (request.method() + " " + request.path().substring(ROOT.length())) {
                case "POST /script" -> Told.send(exchange, 201, script(request));
                case "POST /ports" -> Told.send(exchange, 201, open(request));
                case "DELETE /ports" -> Told.send(exchange, 200, close(request));
                case "GET /requests" -> Told.send(exchange, 200, requests(request));
                case "DELETE " -> {
                    world.reset();
                    Told.send(exchange, 200, Json.object());
                }
                case "DELETE /script" -> {
                    world.scripts().clear();
                    Told.send(exchange, 200, Json.object());
                }
                case "DELETE /requests" -> {
                    world.journal().clear();
                    Told.send(exchange, 200, Json.object());
                }
                default ->
                    Told.send(
                            exchange,
                            404,
                            Told.error("no such control endpoint; there are POST and DELETE " + ROOT
                                    + "/script and " + ROOT + "/ports, GET and DELETE " + ROOT + "/requests, DELETE "
                                    + ROOT));
            }
        } catch (IllegalArgumentException wrong) {
            Told.send(exchange, 400, Told.error(String.valueOf(wrong.getMessage())));
        } catch (JacksonException notJson) {
            Told.send(exchange, 400, Told.error("the body is not JSON: " + notJson.getOriginalMessage()));
        }
    }

    private ObjectNode script(Request request) {
        JsonNode body = Json.read(request.body());
        String provider = Json.text(body, "provider");
        if (!providers.contains(provider)) {
            throw new IllegalArgumentException("'provider' is one of " + providers + ", not '" + provider + "'");
        }
        if (!body.path("behaviours").isArray()) {
            throw new IllegalArgumentException("'behaviours' is an array of behaviours");
        }
        List<Behaviour> behaviours = new ArrayList<>();
        body.get("behaviours").forEach(one -> behaviours.add(BehaviourReader.read(one)));
        world.scripts().add(provider, behaviours);
        return Json.object().put("waiting", world.scripts().waiting(provider));
    }

    private ObjectNode open(Request request) {
        JsonNode said = Json.read(request.body()).path("port");
        int port = port(said.isInt() ? said.asString() : said.toString());
        try {
            return Json.object().put("port", ports.open(port));
        } catch (IOException refused) {
            throw new IllegalArgumentException("cannot listen on port " + port + ": " + refused.getMessage(), refused);
        }
    }

    private ObjectNode close(Request request) {
        int port = port(request.query().getOrDefault("port", ""));
        ports.close(port);
        return Json.object().put("port", port);
    }

    private static int port(String said) {
        if (!said.matches("\\d{1,5}") || Integer.parseInt(said) > 65535) {
            throw new IllegalArgumentException("'port' is a whole number from 0 to 65535, not '" + said + "'");
        }
        return Integer.parseInt(said);
    }

    private ObjectNode requests(Request request) {
        String provider = request.query().getOrDefault("provider", "");
        ObjectNode answer = Json.object();
        ArrayNode data = answer.putArray("data");
        for (Recorded recorded : world.journal().all()) {
            if (provider.isEmpty() || recorded.provider().equals(provider)) {
                data.add(json(recorded));
            }
        }
        return answer;
    }

    private static ObjectNode json(Recorded recorded) {
        ObjectNode json = Json.object()
                .put("number", recorded.number())
                .put("at", recorded.at().toString())
                .put("provider", recorded.provider())
                .put("method", recorded.method())
                .put("path", recorded.path())
                .put("model", recorded.model());
        ObjectNode headers = json.putObject("headers");
        recorded.headers().all().forEach(header -> headers.put(header.name().toLowerCase(Locale.ROOT), header.value()));
        return json.put("body", recorded.body())
                .put("status", recorded.status())
                .put("chunks", recorded.chunks())
                .put("ending", recorded.ending().name().toLowerCase(Locale.ROOT))
                .put("client_disconnected", recorded.clientDisconnected());
    }
}
