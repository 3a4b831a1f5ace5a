package com.aistrale.server.webhooks.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetPolicyTest {
    private static final String OPENED = "the operator of this server can open it with the setting"
            + " webhooks.allowed_targets (AISTRALE_WEBHOOKS_ALLOWED_TARGETS=%s), and for a program on your own machine"
            + " there is `aistrale webhooks listen --forward-to`.";

    private static TargetPolicy policy(List<String> allowed, String... answers) {
        return new TargetPolicy(
                allowed,
                true,
                host -> Stream.of(answers).map(InetAddress::ofLiteral).toList());
    }

    private static boolean goes(String url, List<String> allowed, String... answers) {
        var policy = policy(allowed, answers);
        try {
            return !policy.resolve(policy.parse(url)).isEmpty();
        } catch (TargetRefused | TargetBlocked refused) {
            return false;
        } catch (UnknownHostException unknown) {
            throw new AssertionError(unknown);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://example.com                  | https://example.com/",
                "https://example.com?a=b              | https://example.com/?a=b",
                "HTTPS://Example.COM:443/Hook?A=B     | https://example.com/Hook?A=B",
                "https://example.com:08443/           | https://example.com:8443/",
                "http://example.com:80/x              | http://example.com/x",
                "http://example.com:443/x             | http://example.com:443/x",
                "https://hooks.example.com./x         | https://hooks.example.com/x",
                "https://STRASSE.example/             | https://strasse.example/",
                "https://straße.example/              | https://xn--strae-oqa.example/",
                "https://XN--STRAE-OQA.example/       | https://xn--strae-oqa.example/",
                "https://bu\u0308cher.example/        | https://xn--bcher-kva.example/",
                "https://пример.испытание/            | https://xn--e1afmkfd.xn--80akhbyknj4f/",
                "https://[2606:4700:4700:0::1111]:8443/ | https://[2606:4700:4700::1111]:8443/",
                "https://my_host.example/             | https://my_host.example/",
                "https://1e100.net/                   | https://1e100.net/",
                "https://1.2.3.4.example/             | https://1.2.3.4.example/",
                "https://example.com/a[]?b[0]=1&c=%7B | https://example.com/a[]?b[0]=1&c=%7B"
            })
    void isStoredAsEveryClientReadsIt(String url, String stored) throws TargetRefused {
        var target = policy(List.of()).parse(url);

        assertThat(target.url()).isEqualTo(stored);
        assertThat(policy(List.of()).parse(stored)).isEqualTo(target);
    }

    @Test
    void saysHostAndPort() throws TargetRefused {
        var policy = policy(List.of());
        assertThat(policy.parse("https://example.com/"))
                .isEqualTo(new Target("https://example.com/", "example.com", 443));
        assertThat(policy.parse("http://example.com/")).isEqualTo(new Target("http://example.com/", "example.com", 80));
        assertThat(policy.parse("https://[2606:4700::11]:8443/"))
                .isEqualTo(new Target("https://[2606:4700::11]:8443/", "2606:4700::11", 8443));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://exa\u200dmple.com/", // an invisible joiner
                "https://example\u3002com/",
                "https://ＥＸＡＭＰＬＥ.com/",
                "https://ex\uD800ample.com/", // half a character
                "https://xn--a/",
                "https://xn--a.example/", // spells nothing
                "https://xn--127-.example/", // spells what needs no spelling
                "https://xn--.example/",
                "https://xn--strasse-.example/",
                "https://-a.example/",
                "https://a-.example/",
                "https://a..example/",
                "https://.example/",
                "https://./",
                "https://../",
                "https://example.com../",
                "https://exa$mple.com/",
                "https://example.com:/",
                "https://example.com:+443/",
                "https://example.com:443:443/",
                "https://example.com:123456/",
                "https://[::1/",
                "https://[]/",
                "https://[::1]x/",
                "https://[::1]]/",
                "https://[1.2.3.4]/",
                "https://[2606:4700::1%eth0]/",
                "https://2606:4700::1/",
                "https://1.2.3.0x4/",
                "https://example.0x/",
                "https://1.2.3.4.5/",
                "https://256.1.1.1/",
                "https://1.1.1.1.:443/",
                "https://example.com/%",
                "https://example.com/%2",
                "https://example.com/?q=%zz",
                "https://example.com/{id}",
                "https://example.com/a|b",
                "https://example.com/\"",
                "https://example.com/é",
                "https://example.com/\u00a0",
                "https://example.com/#",
                " https://example.com/",
                "https://example.com/ ",
                "https:/example.com/",
                "https:\\\\example.com\\",
                "https//example.com",
                "httpss://example.com",
                "https://foo.localhost/",
                "https://x.internal/"
            })
    void whatCanBeReadInTwoWaysIsRefused(String url) {
        assertThatThrownBy(() -> policy(List.of()).parse(url)).isInstanceOf(TargetRefused.class);
    }

    @Test
    void saysWhatToDo() {
        assertThat(refusal("https://10.1.2.3/"))
                .isEqualTo("`10.1.2.3` is no address of the public internet, so no webhook goes there; "
                        + OPENED.formatted("10.1.2.3"));
        assertThat(refusal("https://[FD00::1]/"))
                .isEqualTo("`fd00::1` is no address of the public internet, so no webhook goes there; "
                        + OPENED.formatted("fd00::1"));
        assertThat(refusal("https://LOCALHOST/"))
                .isEqualTo("`localhost` is a name of a machine or a private network, so no webhook goes there; "
                        + OPENED.formatted("localhost"));
        assertThat(refusal("https://user:p@example.com/"))
                .isEqualTo("A webhook's URL has no user and no password before its host, as URLs are shown and logged;"
                        + " send credentials in the webhook's `headers`.");
        assertThat(refusal("https://example.com:22/"))
                .isEqualTo("Port 22 belongs to another protocol than HTTP, so no webhook goes there: let the receiver"
                        + " listen on another, such as 443 or 8443.");
        assertThat(refusal("https://127.1/"))
                .isEqualTo("The host of the URL is an address that programs read differently: write four numbers from 0"
                        + " to 255, without leading zeros, or a host name.");
        assertThat(refusal("ftp://example.com/"))
                .isEqualTo("A webhook's URL begins with https://, and this one with `ftp:`.");
        var strict = new TargetPolicy(List.of(), false, host -> List.of());
        assertThat(catchThrowableOfType(TargetRefused.class, () -> strict.parse("http://example.com/")))
                .hasMessage("A webhook's URL begins with https://, unless the operator of this server permits http with"
                        + " the setting webhooks.allow_http (AISTRALE_WEBHOOKS_ALLOW_HTTP=true).");
    }

    private static String refusal(String url) {
        return String.valueOf(catchThrowableOfType(
                        TargetRefused.class, () -> policy(List.of()).parse(url))
                .getMessage());
    }

    /** Who registers webhooks must not learn what stands where in the server's network. */
    @Test
    void whatIsBlockedIsSaidWithoutTheAddress() throws TargetRefused {
        var policy = policy(List.of(), "93.184.215.14", "10.9.8.7");
        var target = policy.parse("https://hooks.example/x");

        assertThatThrownBy(() -> policy.resolve(target))
                .isInstanceOf(TargetBlocked.class)
                .hasMessage(
                        "`hooks.example` leads to an address that is not of the public internet, so nothing was sent; "
                                + OPENED.formatted("hooks.example"));
    }

    @Test
    void allAnswersAreHandedOut() throws Exception {
        var policy = policy(List.of(), "93.184.215.14", "2606:4700::1");

        assertThat(policy.resolve(policy.parse("https://hooks.example/")))
                .containsExactly(InetAddress.ofLiteral("93.184.215.14"), InetAddress.ofLiteral("2606:4700::1"));
    }

    @Test
    void anAddressAsHostIsNotLookedUp() throws Exception {
        var policy = new TargetPolicy(List.of(), false, host -> {
            throw new AssertionError("looked up: " + host);
        });
        assertThat(policy.resolve(policy.parse("https://8.8.8.8/"))).containsExactly(InetAddress.ofLiteral("8.8.8.8"));
    }

    @Test
    void aNameWithoutAddressesIsUnknown() {
        var policy = policy(List.of());
        assertThatThrownBy(() -> policy.resolve(policy.parse("https://nowhere.example/")))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("nowhere.example");
    }

    /** The operator closed it again, and the webhook is still there. */
    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:3000/", "http://10.1.2.3/", "https://db/", "http://example.com/"})
    void whatWasOpenWhenItWasRegisteredIsBlockedWhenItIsNoLonger(String url) throws TargetRefused {
        var target = policy(List.of("localhost", "10.0.0.0/8", "db")).parse(url);
        var closed = new TargetPolicy(List.of(), false, host -> List.of(InetAddress.ofLiteral("93.184.215.14")));

        assertThatThrownBy(() -> closed.resolve(target)).isInstanceOf(TargetBlocked.class);
    }

    @Test
    void aRangeOpensAddressesAndNamesThatLeadThere() {
        var range = List.of("10.20.0.0/16", "fd00:1::/32");
        assertThat(goes("http://10.20.0.0/", range)).isTrue();
        assertThat(goes("http://10.20.255.255/", range)).isTrue();
        assertThat(goes("http://10.21.0.0/", range)).isFalse();
        assertThat(goes("http://10.19.255.255/", range)).isFalse();
        assertThat(goes("http://[fd00:1:ffff::5]/", range)).isTrue();
        assertThat(goes("http://[fd00:2::5]/", range)).isFalse();
        assertThat(goes("http://n8n.example/", range, "10.20.3.4")).isTrue();
        assertThat(goes("http://n8n.example/", range, "10.20.3.4", "93.184.215.14"))
                .isTrue();
        assertThat(goes("http://n8n.example/", range, "10.20.3.4", "10.21.3.4")).isFalse();
        assertThat(goes("http://n8n.internal/", range, "10.20.3.4")).isFalse();
    }

    @Test
    void anAddressOpensItselfAndNamesThatLeadThere() {
        var one = List.of("10.1.2.3", "[fd00::0:5]");
        assertThat(goes("http://10.1.2.3/", one)).isTrue();
        assertThat(goes("http://10.1.2.4/", one)).isFalse();
        assertThat(goes("http://[fd00::5]/", one)).isTrue();
        assertThat(goes("http://n8n.example/", one, "10.1.2.3")).isTrue();
        assertThat(goes("http://n8n.example/", one, "10.1.2.4")).isFalse();
    }

    @Test
    void aHostOpensItselfAloneWhereverItLeads() {
        var host = List.of("N8N.internal", "receiver", "bücher.local");
        for (var address : List.of("10.1.2.3", "127.0.0.1", "::1", "100.64.1.1", "fd00::1")) {
            assertThat(goes("http://n8n.internal/", host, address)).as(address).isTrue();
            assertThat(goes("http://receiver:3000/", host, address)).as(address).isTrue();
        }
        assertThat(goes("http://xn--bcher-kva.local/", host, "10.1.2.3")).isTrue();
        assertThat(goes("http://x.n8n.internal/", host, "10.1.2.3")).isFalse();
        assertThat(goes("http://n8n.internal./", host, "10.1.2.3")).isFalse();
        assertThat(goes("http://other.internal/", host, "10.1.2.3")).isFalse();
    }

    /** Programs on loopback trust whoever reaches them, and a name is its owner's to lead there. */
    @Test
    void aRangeOpensNoLoopbackBehindANameButTheListedOne() {
        var loopback = List.of("127.0.0.0/8", "::1", "localhost");
        assertThat(goes("http://127.0.0.1:3000/", loopback)).isTrue();
        assertThat(goes("http://[::1]:3000/", loopback)).isTrue();
        assertThat(goes("http://localhost:3000/", loopback, "127.0.0.1", "::1")).isTrue();
        assertThat(goes("http://evil.example/", loopback, "127.0.0.1")).isFalse();
        assertThat(goes("http://evil.example/", loopback, "::1")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "169.254.170.2",
                "100.100.100.200",
                "192.0.0.192",
                "168.63.129.16",
                "fd00:ec2::254",
                "fd20:ce::254"
            })
    void metadataIsOpenedByItsOwnAddressAlone(String address) {
        var url = "http://" + (address.contains(":") ? "[" + address + "]" : address) + "/";
        var wide = List.of("128.0.0.0/1", "64.0.0.0/2", "fc00::/7", "trusted.example");
        assertThat(goes(url, wide)).isFalse();
        assertThat(goes("http://trusted.example/", wide, address)).isFalse();
        assertThat(goes("http://other.example/", wide, address)).isFalse();

        var named = List.of(address, "trusted.example");
        assertThat(goes(url, named)).isTrue();
        assertThat(goes("http://trusted.example/", named, address)).isTrue();
        assertThat(goes("http://other.example/", named, address)).isFalse();
    }

    @Test
    void whatIsNoMachinesAddressStaysClosedBehindAListedName() {
        for (var address : List.of("0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "ff02::1", "fe80::1")) {
            assertThat(goes("http://receiver/", List.of("receiver"), address))
                    .as(address)
                    .isFalse();
        }
    }

    /** JDKs make IPv4 of such an answer, and where one does not, it is closed all the same. */
    @Test
    void anIpv4AddressInIpv6ClothesIsNotPublic() {
        var clothed = new byte[16];
        clothed[10] = (byte) 0xff;
        clothed[11] = (byte) 0xff;
        System.arraycopy(new byte[] {8, 8, 8, 8}, 0, clothed, 12, 4);

        assertThat(Ranges.isPublic(clothed)).isFalse();
        assertThat(Ranges.isClosed(clothed)).isTrue();
        assertThat(goes("http://[::ffff:8.8.8.8]/", List.of())).isFalse();
        assertThat(goes("http://[::ffff:10.1.2.3]/", List.of("10.0.0.0/8", "::ffff:10.1.2.3")))
                .isFalse();
    }
}
