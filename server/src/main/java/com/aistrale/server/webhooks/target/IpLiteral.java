package com.aistrale.server.webhooks.target;

import org.jspecify.annotations.Nullable;

/** IP addresses as texts and as bytes, 4 or 16 of them. Asks nobody; a text has one meaning or none. */
final class IpLiteral {
    private static final int V4_BYTES = 4;
    private static final int V6_GROUPS = 8;
    private static final int QUAD_GROUPS = 2;

    private IpLiteral() {}

    /** Four decimal numbers from 0 to 255 without leading zeros; null for every other spelling. */
    static byte @Nullable [] v4(String text) {
        var parts = text.split("\\.", -1);
        if (parts.length != V4_BYTES) {
            return null;
        }
        var bytes = new byte[V4_BYTES];
        for (int i = 0; i < V4_BYTES; i++) {
            int number = decimal(parts[i]);
            if (number < 0 || number > 255) {
                return null;
            }
            bytes[i] = (byte) number;
        }
        return bytes;
    }

    private static int decimal(String digits) {
        if (digits.isEmpty() || digits.length() > 3 || (digits.length() > 1 && digits.charAt(0) == '0')) {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    /** Every spelling of RFC 4291, without brackets and zone; null for what is none. */
    static byte @Nullable [] v6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            var groups = groups(text, true);
            return groups == null || groups.length != V6_GROUPS ? null : bytes(groups, new int[0]);
        }
        var before = groups(text.substring(0, gap), false);
        var after = groups(text.substring(gap + 2), true);
        if (before == null || after == null || before.length + after.length >= V6_GROUPS) {
            return null;
        }
        return bytes(before, after);
    }

    private static byte[] bytes(int[] before, int[] after) {
        var bytes = new byte[2 * V6_GROUPS];
        for (int i = 0; i < before.length; i++) {
            put(bytes, i, before[i]);
        }
        for (int i = 0; i < after.length; i++) {
            put(bytes, V6_GROUPS - after.length + i, after[i]);
        }
        return bytes;
    }

    private static void put(byte[] bytes, int at, int group) {
        bytes[2 * at] = (byte) (group >> 8);
        bytes[2 * at + 1] = (byte) group;
    }

    /** @param last whether a dotted quad may stand at the end */
    private static int @Nullable [] groups(String text, boolean last) {
        if (text.isEmpty()) {
            return new int[0];
        }
        var parts = text.split(":", -1);
        var quad = last ? v4(parts[parts.length - 1]) : null;
        int plain = quad == null ? parts.length : parts.length - 1;
        var groups = new int[quad == null ? plain : plain + QUAD_GROUPS];
        for (int i = 0; i < plain; i++) {
            groups[i] = hex(parts[i]);
            if (groups[i] < 0) {
                return null;
            }
        }
        if (quad != null) {
            groups[plain] = ((quad[0] & 0xff) << 8) | (quad[1] & 0xff);
            groups[plain + 1] = ((quad[2] & 0xff) << 8) | (quad[3] & 0xff);
        }
        return groups;
    }

    private static int hex(String digits) {
        if (digits.isEmpty() || digits.length() > 4) {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                return -1;
            }
            number = (number << 4) | digit;
        }
        return number;
    }

    /** As RFC 5952 wants it: lower case, no leading zeros, the longest run of zeros as {@code ::}. */
    static String text(byte[] address) {
        if (address.length == V4_BYTES) {
            return (address[0] & 0xff) + "." + (address[1] & 0xff) + "." + (address[2] & 0xff) + "."
                    + (address[3] & 0xff);
        }
        int runAt = -1;
        int run = 1; // one zero group is written as it is
        for (int i = 0; i < V6_GROUPS; i++) {
            int end = i;
            while (end < V6_GROUPS && group(address, end) == 0) {
                end++;
            }
            if (end - i > run) {
                runAt = i;
                run = end - i;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < V6_GROUPS; i++) {
            if (i == runAt) {
                text.append("::");
                i += run - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(group(address, i)));
            }
        }
        return text.toString();
    }

    private static int group(byte[] address, int at) {
        return ((address[2 * at] & 0xff) << 8) | (address[2 * at + 1] & 0xff);
    }
}
