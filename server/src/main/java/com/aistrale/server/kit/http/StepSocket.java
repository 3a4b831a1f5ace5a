package com.aistrale.server.kit.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.Socket;
import javax.net.SocketFactory;

/** A socket that connects itself, whatever proxies the JVM was told of, and tells {@link Step} what it reads. */
final class StepSocket extends Socket {
    private StepSocket() {
        super(Proxy.NO_PROXY);
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new FilterInputStream(super.getInputStream()) {
            @Override
            public int read() throws IOException {
                int b = super.read();
                Step.took(b < 0 ? 0 : 1);
                return b;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int count = super.read(into, offset, length);
                Step.took(count);
                return count;
            }
        };
    }

    /** Makes sockets for a client that connects them itself. */
    static final class Factory extends SocketFactory {
        @Override
        public Socket createSocket() {
            return new StepSocket();
        }

        @Override
        public Socket createSocket(String host, int port) {
            throw new UnsupportedOperationException("a name must not be looked up here");
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress from, int fromPort) {
            throw new UnsupportedOperationException("a name must not be looked up here");
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            throw new UnsupportedOperationException("connected by the client");
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) throws IOException {
            throw new UnsupportedOperationException("connected by the client");
        }
    }
}
