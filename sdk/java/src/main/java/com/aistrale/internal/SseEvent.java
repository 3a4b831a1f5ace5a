package com.aistrale.internal;

/**
 * One server-sent event.
 *
 * @param type what {@code event:} said, {@code message} where nothing did
 * @param data the data lines, joined by line feeds
 * @param lastId the last id that the stream has named so far, empty before the first
 */
public record SseEvent(String type, String data, String lastId) {}
