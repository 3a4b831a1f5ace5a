package com.aistrale.emulator.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model name that carries faults: {@code fault-delay-500ms+cut-after-3}, or behind a real model's name,
 * {@code gpt-5-mini+fault-drip-10ms}.
 *
 * @param base the model's own name; empty when the name is faults only
 */
public record FaultName(String base, List<Fault> faults) {
    /** What may stand in a name, for messages and help. */
    public static final String KNOWN =
            "status-503, 429-retry-after-2, delay-500ms, slow-start-500ms, drip-10ms, piece-1, "
                    + "cut-after-3, reset-after-3, hang-after-3, malformed-chunk, malformed-chunk-2, error-after-3, drop, hang, "
                    + "no-usage, empty-body, html-502";

    private static final Pattern NAME = Pattern.compile("(?:(?<base>.+)\\+)?fault-(?<items>.+)");
    private static final Pattern ITEM = Pattern.compile(
            "(?<word>[a-z]+(?:-[a-z]+)*)(?:-(?<number>\\d{1,9})(?:ms)?)?|(?<status>\\d{3})-retry-after-(?<seconds>\\d{1,6})");

    public FaultName {
        faults = List.copyOf(faults);
    }

    /**
     * Takes a model's name apart.
     *
     * @throws IllegalArgumentException if it begins to name faults and one of them is unknown; the message lists the known
     */
    public static FaultName parse(String model) {
        Matcher name = NAME.matcher(model);
        if (!name.matches()) {
            return new FaultName(model, List.of());
        }
        String base = name.group("base");
        return new FaultName(base == null ? "" : base, faults(name.group("items")));
    }

    /** The faults of a list like {@code delay-500ms+cut-after-3}; each may begin with {@code fault-}. */
    public static List<Fault> faults(String items) {
        List<Fault> faults = new ArrayList<>();
        for (String item : items.split("\\+", -1)) {
            faults.addAll(one(item.startsWith("fault-") ? item.substring("fault-".length()) : item));
        }
        return faults;
    }

    private static List<Fault> one(String item) {
        Matcher matcher = ITEM.matcher(item);
        if (!matcher.matches()) {
            throw unknown(item);
        }
        if (matcher.group("status") != null) {
            return List.of(
                    new Fault.Status(Integer.parseInt(matcher.group("status"))),
                    new Fault.RetryAfter(Integer.parseInt(matcher.group("seconds"))));
        }
        String word = matcher.group("word");
        String number = matcher.group("number");
        return List.of(number == null ? plain(word, item) : numbered(word, Integer.parseInt(number), item));
    }

    private static Fault plain(String word, String item) {
        return switch (word) {
            case "hang" -> new Fault.Hang();
            case "drop" -> new Fault.Drop();
            case "no-usage" -> new Fault.NoUsage();
            case "empty-body" -> new Fault.EmptyBody();
            case "malformed-chunk" -> new Fault.MalformedChunk(2);
            default -> throw unknown(item);
        };
    }

    private static Fault numbered(String word, int number, String item) {
        return switch (word) {
            case "status" -> new Fault.Status(number);
            case "delay" -> new Fault.Delay(number);
            case "slow-start" -> new Fault.SlowStart(number);
            case "drip" -> new Fault.Drip(number);
            case "piece" -> new Fault.Piece(number);
            case "cut-after" -> new Fault.CutAfter(number);
            case "reset-after" -> new Fault.ResetAfter(number);
            case "hang-after" -> new Fault.HangAfter(number);
            case "error-after" -> new Fault.ErrorAfter(number);
            case "malformed-chunk" -> new Fault.MalformedChunk(number);
            case "html" -> new Fault.Html(number);
            default -> throw unknown(item);
        };
    }

    private static IllegalArgumentException unknown(String item) {
        return new IllegalArgumentException("unknown fault '" + item + "'; known are: " + KNOWN);
    }
}
