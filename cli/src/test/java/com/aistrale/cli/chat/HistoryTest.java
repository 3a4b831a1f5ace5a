package com.aistrale.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not kept of what was typed. */
class HistoryTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "my key is sk-proj-abcdefghijklmnop1234, help",
                "AISTRALE_API_KEY=ais_0123456789abcdef0123",
                "curl -H 'Authorization: Bearer abc123def456ghi789' x",
                "AIzaSyA1234567890abcdefghijklmnopqrstu",
                "-----BEGIN RSA PRIVATE KEY-----",
                "ghp_abcdefghijklmnopqrst0123456789",
                "AKIAIOSFODNN7EXAMPLE"
            })
    void keysAreSeen(String line) {
        assertThat(History.hasSecret(line)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "What is a sk-learn pipeline?",
                "the bearer of bad news",
                "ais_ is a prefix",
                "risk-taking-behaviour"
            })
    void wordsAreNone(String line) {
        assertThat(History.hasSecret(line)).isFalse();
    }
}
