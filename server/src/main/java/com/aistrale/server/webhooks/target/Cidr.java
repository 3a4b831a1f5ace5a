package com.aistrale.server.webhooks.target;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A range of addresses: those that share the first bits of one. */
final class Cidr {
    private final byte[] base;
    private final int bits;

    private Cidr(byte[] base, int bits) {
        this.base = base;
        this.bits = bits;
    }

    /** The one address. */
    static Cidr exactly(byte[] address) {
        return new Cidr(address, 8 * address.length);
    }

    /** {@code 10.0.0.0/8}, {@code fc00::/7}; null for what is no range, as for one with bits behind its prefix. */
    static @Nullable Cidr parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("0|[1-9]\\d{0,2}")) {
            return null;
        }
        var address = text.substring(0, slash);
        var base = address.indexOf(':') < 0 ? IpLiteral.v4(address) : IpLiteral.v6(address);
        int bits = Integer.parseInt(text.substring(slash + 1));
        if (base == null || bits > 8 * base.length) {
            return null;
        }
        var range = new Cidr(base, bits);
        return Arrays.equals(range.first(), base) ? range : null;
    }

    int bits() {
        return bits;
    }

    boolean contains(byte[] address) {
        if (address.length != base.length) {
            return false;
        }
        int whole = bits / 8;
        if (!Arrays.equals(address, 0, whole, base, 0, whole)) {
            return false;
        }
        int rest = bits % 8;
        return rest == 0 || (address[whole] & 0xff) >> (8 - rest) == (base[whole] & 0xff) >> (8 - rest);
    }

    boolean contains(Cidr other) {
        return bits <= other.bits && contains(other.base);
    }

    /** The lowest address in the range. */
    byte[] first() {
        return filled(0);
    }

    /** The highest address in the range. */
    byte[] last() {
        return filled(0xff);
    }

    private byte[] filled(int with) {
        var address = base.clone();
        for (int i = 0; i < address.length; i++) {
            int ours = Math.clamp(bits - 8L * i, 0, 8);
            int mask = (0xff00 >> ours) & 0xff;
            address[i] = (byte) ((address[i] & mask) | (with & ~mask));
        }
        return address;
    }

    @Override
    public String toString() {
        return IpLiteral.text(base) + "/" + bits;
    }
}
