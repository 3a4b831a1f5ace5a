package com.aistrale.server.kit.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A client on a bare socket, for what no HTTP client would do. */
public final class RawClient implements AutoCloseable {
    private final Socket socket = new Socket();

    public RawClient(int port) throws IOException {
        this(port, 0);
    }

    /** @param receiveBuffer in bytes, for a client that takes little; 0 leaves it to the system */
    public RawClient(int port, int receiveBuffer) throws IOException {
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(20_000);
    }

    public RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    public RawClient send(byte[] bytes) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(bytes);
        out.flush();
        return this;
    }

    /** A whole POST of JSON; {@code headers} end in a line's end each. */
    public RawClient post(String path, String headers, String json) throws IOException {
        return send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + headers
                + "Content-Length: " + json.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + json);
    }

    /** Ends the sending side only. */
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** What comes, up to and with {@code end}; shorter when the connection ends before. */
    public String readUntil(String end) throws IOException {
        var in = socket.getInputStream();
        var read = new ByteArrayOutputStream();
        var last = end.getBytes(StandardCharsets.UTF_8);
        while (!endsWith(read, last)) {
            int b = in.read();
            if (b < 0) {
                break;
            }
            read.write(b);
        }
        return read.toString(StandardCharsets.UTF_8);
    }

    private static boolean endsWith(ByteArrayOutputStream read, byte[] end) {
        if (read.size() < end.length) {
            return false;
        }
        var text = read.toByteArray();
        for (int i = 0; i < end.length; i++) {
            if (text[text.length - end.length + i] != end[i]) {
                return false;
            }
        }
        return true;
    }

    /** Everything up to the end of the connection. */
    public String readToEnd() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** One answer with a Content-Length: head and body. */
    public String readAnswer() throws IOException {
        var head = readUntil("\r\n\r\n");
        for (var line : head.split("\r\n")) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                int length = Integer.parseInt(
                        line.substring("content-length:".length()).strip());
                return head + new String(in().readNBytes(length), StandardCharsets.UTF_8);
            }
        }
        return head;
    }

    /** How long a read waits before it throws. */
    public void timeout(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    public InputStream in() throws IOException {
        return socket.getInputStream();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Closes with a reset, as a process that is killed with unread data does. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}
