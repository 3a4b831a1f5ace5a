package com.aistrale.cli.chat;

import java.math.BigInteger;
import java.security.SecureRandom;

/** Ids of conversations, as the SDKs make them: {@code ses_} and a UUIDv7 in Crockford's base32. */
final class SessionId {
    private static final String LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final SecureRandom RANDOM = new SecureRandom();

    private SessionId() {}

    static String fresh() {
        var noise = new BigInteger(74, RANDOM);
        var high = BigInteger.valueOf(System.currentTimeMillis())
                .shiftLeft(16)
                .or(BigInteger.valueOf(0x7000))
                .or(noise.shiftRight(62));
        var low = BigInteger.TWO.shiftLeft(62).or(noise.mod(BigInteger.ONE.shiftLeft(62)));
        var value = high.shiftLeft(64).or(low);
        var id = new StringBuilder("ses_");
        for (var shift = 125; shift >= 0; shift -= 5) {
            id.append(LETTERS.charAt(value.shiftRight(shift).intValue() & 31));
        }
        return id.toString();
    }
}
