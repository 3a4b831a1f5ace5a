package com.aistrale.server.kit.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import javax.net.SocketFactory;

/** For tests of what goes to public addresses: every connection is made to where the test says, and written down. */
public final class Rerouting {
    private final List<InetSocketAddress> wanted = new CopyOnWriteArrayList<>();
    private final UnaryOperator<InetSocketAddress> to;

    public Rerouting(UnaryOperator<InetSocketAddress> to) {
        this.to = to;
    }

    /** A pinned client whose connections go where {@code to} says. */
    public PinnedOutbound outbound() {
        return new PinnedOutbound("aistrale/test", System::nanoTime, client -> client.socketFactory(new Factory()));
    }

    /** Where connections were to be made to, in order. */
    public List<InetSocketAddress> wanted() {
        return wanted;
    }

    private final class Factory extends SocketFactory {
        @Override
        public Socket createSocket() {
            return new Socket() {
                @Override
                public void connect(SocketAddress address, int timeout) throws IOException {
                    wanted.add((InetSocketAddress) address);
                    super.connect(to.apply((InetSocketAddress) address), timeout);
                }
            };
        }

        @Override
        public Socket createSocket(String host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(String host, int port, java.net.InetAddress from, int fromPort) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(java.net.InetAddress host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(java.net.InetAddress host, int port, java.net.InetAddress from, int fromPort) {
            throw new UnsupportedOperationException();
        }
    }
}
