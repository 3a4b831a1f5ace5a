package com.aistrale.server.kit.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Envelope encryption with AES-256-GCM (NIST SP 800-38D): every value has a data key of its own, which the master key
 * seals. The owner of the value is bound to it as additional data, so that a row copied elsewhere does not open.
 *
 * <p>Sealed form: version 1, the master key's id (4 bytes of its SHA-256), nonce and sealed data key (12 + 48), nonce
 * and sealed value (12 + n + 16). Several master keys can open; the first one seals. Thread-safe.
 */
public final class Envelope {
    private static final byte VERSION = 1;
    private static final int KEY = 32;
    private static final int KEY_ID = 4;
    private static final int NONCE = 12;
    private static final int TAG = 16;

    /** The sealed form was made with a master key that is not at hand, or was changed. */
    public static final class CannotOpen extends Exception {
        private static final long serialVersionUID = 1L;

        CannotOpen(String message, Throwable cause) {
            super(message, cause);
        }

        CannotOpen(String message) {
            super(message);
        }
    }

    private final SecureRandom random;
    private final Map<ByteBuffer, byte[]> masters = new LinkedHashMap<>();
    private final ByteBuffer current;
    private final byte[] currentMaster;

    /** @param masterKeys of 32 bytes each: the current one first, then those it replaced */
    public Envelope(List<byte[]> masterKeys, SecureRandom random) {
        this.random = random;
        for (var master : masterKeys) {
            if (master.length != KEY) {
                throw new IllegalArgumentException("a master key has " + master.length + " bytes, not " + KEY);
            }
            masters.put(id(master), master.clone());
        }
        this.currentMaster = masterKeys.getFirst().clone();
        this.current = id(currentMaster);
    }

    /** @param owner what the value belongs to, such as workspace, provider and row; the same is needed to open */
    public byte[] seal(Secret secret, String owner) {
        return seal(secret.reveal().getBytes(StandardCharsets.UTF_8), owner);
    }

    /** As {@link #seal(Secret, String)}, of what is not to be read in the database, and no credential. */
    public byte[] seal(byte[] value, String owner) {
        var dataKey = new byte[KEY];
        random.nextBytes(dataKey);
        var associated = owner.getBytes(StandardCharsets.UTF_8);
        try {
            var sealedKey = encrypt(currentMaster, dataKey, associated);
            var sealed = encrypt(dataKey, value, associated);
            return ByteBuffer.allocate(1 + KEY_ID + sealedKey.length + sealed.length)
                    .put(VERSION)
                    .put(current.duplicate())
                    .put(sealedKey)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        } finally {
            Arrays.fill(dataKey, (byte) 0);
        }
    }

    public Secret open(byte[] sealed, String owner) throws CannotOpen {
        return new Secret(new String(openBytes(sealed, owner), StandardCharsets.UTF_8));
    }

    /** As {@link #open}, of what {@link #seal(byte[], String)} sealed. */
    public byte[] openBytes(byte[] sealed, String owner) throws CannotOpen {
        int keyEnd = 1 + KEY_ID + NONCE + KEY + TAG;
        if (sealed.length < keyEnd + NONCE + TAG || sealed[0] != VERSION) {
            throw new CannotOpen("the sealed value is not of version " + VERSION + ", or cut off");
        }
        var master = masters.get(ByteBuffer.wrap(sealed, 1, KEY_ID).slice());
        if (master == null) {
            throw new CannotOpen("it was sealed with another master key");
        }
        var associated = owner.getBytes(StandardCharsets.UTF_8);
        try {
            var dataKey = decrypt(master, Arrays.copyOfRange(sealed, 1 + KEY_ID, keyEnd), associated);
            return decrypt(dataKey, Arrays.copyOfRange(sealed, keyEnd, sealed.length), associated);
        } catch (GeneralSecurityException changed) {
            throw new CannotOpen("it was changed, or belongs elsewhere", changed);
        }
    }

    private byte[] encrypt(byte[] key, byte[] plain, byte[] associated) throws GeneralSecurityException {
        var nonce = new byte[NONCE];
        random.nextBytes(nonce);
        var cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, associated);
        var result = Arrays.copyOf(nonce, NONCE + plain.length + TAG);
        cipher.doFinal(plain, 0, plain.length, result, NONCE);
        return result;
    }

    private static byte[] decrypt(byte[] key, byte[] sealed, byte[] associated) throws GeneralSecurityException {
        var nonce = Arrays.copyOf(sealed, NONCE);
        return cipher(Cipher.DECRYPT_MODE, key, nonce, associated).doFinal(sealed, NONCE, sealed.length - NONCE);
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce, byte[] associated)
            throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG * 8, nonce));
        cipher.updateAAD(associated);
        return cipher;
    }

    private static ByteBuffer id(byte[] master) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(master), 0, KEY_ID)
                    .slice()
                    .asReadOnlyBuffer();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
