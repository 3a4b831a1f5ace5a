package com.aistrale.server.webhooks.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;
import okhttp3.HttpUrl;

/** Whatever is written, what was checked is what is called. */
class TargetPropertiesTest {
    private static final TargetPolicy POLICY = new TargetPolicy(List.of(), true, host -> List.of());

    /** Pieces of URLs that readers differ about, put together at random. */
    @Provide
    Arbitrary<String> urls() {
        var piece = Arbitraries.of(
                "https://",
                "http://",
                "https:",
                "HTTPS://",
                "//",
                "/",
                "?",
                "#",
                "@",
                ":",
                "\\",
                "%",
                "%2e",
                "%00",
                ".",
                "..",
                "。",
                "．",
                "[",
                "]",
                "::",
                "::1",
                "::ffff:",
                "fe80::1",
                "%25lo",
                "127.0.0.1",
                "127.1",
                "0x7f.1",
                "0177.0.0.1",
                "2130706433",
                "①②⑦",
                "１２７",
                "10.0.0.1",
                "8.8.8.8",
                "1.1.1.1",
                "2606:4700::1111",
                "localhost",
                "LOCALHOST",
                "example",
                "example.com",
                "EXAMPLE",
                "com",
                "xn--",
                "xn--bcher-kva",
                "bücher",
                "ß",
                "\u0301",
                "\u00ad",
                "\u200b",
                "\u200d",
                "\u202e",
                "\u0130",
                "ſ",
                "K",
                "a",
                "A",
                "-",
                "_",
                "0",
                "9",
                "0x",
                ":80",
                ":443",
                ":8443",
                ":22",
                "443",
                "user",
                "\t",
                "\n",
                " ",
                "\0",
                "\ud800",
                "🦆",
                "/hook",
                "?a=b");
        var pieces = piece.list().ofMinSize(1).ofMaxSize(9).map(list -> String.join("", list));
        var begun = pieces.map(text -> "https://" + text);
        var hosts = Combinators.combine(
                        Arbitraries.of("https://", "http://"), names(), Arbitraries.of("", "/", "/x?y", ":8443"))
                .as((scheme, host, rest) -> scheme + host + rest);
        return Arbitraries.oneOf(
                pieces, begun, begun, hosts, Arbitraries.strings().map(text -> "https://" + text));
    }

    private static Arbitrary<String> names() {
        var label = Arbitraries.oneOf(
                Arbitraries.strings().withChars("abcXYZ019-_x").ofMinLength(1).ofMaxLength(6),
                Arbitraries.strings()
                        .withCharRange('\u00a1', '\u024f')
                        .ofMinLength(1)
                        .ofMaxLength(4),
                Arbitraries.strings()
                        .withCharRange('\u0370', '\u30ff')
                        .ofMinLength(1)
                        .ofMaxLength(4),
                Arbitraries.strings()
                        .withChars("abc0189-")
                        .ofMinLength(1)
                        .ofMaxLength(8)
                        .map(text -> "xn--" + text),
                Arbitraries.integers().between(0, 300).map(String::valueOf));
        return label.list().ofMinSize(1).ofMaxSize(4).map(labels -> String.join(".", labels));
    }

    @Property(tries = 20_000)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void noAcceptedUrlLeadsElsewhere(@ForAll("urls") String url) throws Exception {
        Target target;
        try {
            target = POLICY.parse(url);
        } catch (TargetRefused refused) {
            assertThat(refused.getMessage()).matches("[A-Z`][^\\p{Cntrl}]+\\.");
            Statistics.collect("refused");
            return;
        } finally {
            Statistics.coverage(seen -> seen.check("accepted").percentage(share -> share > 3));
        }
        Statistics.collect("accepted");
        var called = Objects.requireNonNull(HttpUrl.parse(target.url()), target.url());
        assertThat(called.host()).isEqualTo(target.host());
        assertThat(called.port()).isEqualTo(target.port());
        assertThat(called.username() + called.password()).isEmpty();
        assertThat(called.scheme()).isIn("https", "http");
        assertThat(target.url()).matches("[!-~]+");
        assertThat(POLICY.parse(target.url())).isEqualTo(target);

        var origin = target.url().substring(0, target.url().indexOf('/', "https://".length()));
        var host = URI.create(origin).getHost();
        if (host != null) { // it knows no underscores, and no last labels that begin with a digit
            assertThat(host.replaceAll("[\\[\\]]", "")).isEqualTo(target.host());
        }

        var literal = AllowedTargets.literal(target.host());
        if (literal == null) {
            // Nobody takes the name for an address.
            assertThatThrownBy(() -> InetAddress.ofLiteral(target.host())).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> Inet4Address.ofPosixLiteral(target.host()))
                    .isInstanceOf(IllegalArgumentException.class);
        } else {
            assertThat(POLICY.resolve(target)).containsExactly(InetAddress.ofLiteral(target.host()));
            assertThat(InetAddress.ofLiteral(target.host()).getAddress()).isEqualTo(literal);
            assertThat(Ranges.isPublic(literal)).isTrue();
        }
    }

    /** As the client that calls it has host and port, so has the policy; and the URLs above are not all refused. */
    @Property(tries = 2000)
    void plainNamesAreAccepted(
            @ForAll("plainLabels") List<String> labels, @ForAll @IntRange(min = 10_081, max = 65_535) int port)
            throws TargetRefused {
        var host = String.join(".", labels) + ".example";
        assertThat(POLICY.parse("https://" + host + ":" + port + "/x"))
                .isEqualTo(new Target("https://" + host + ":" + port + "/x", host, port));
    }

    @Provide
    Arbitrary<List<String>> plainLabels() {
        return Arbitraries.strings()
                .withChars("abcdefghijklmnopqrstuvwxyz0123456789")
                .ofMinLength(1)
                .ofMaxLength(20)
                .list()
                .ofMinSize(1)
                .ofMaxSize(5);
    }

    /** A name in other letters comes back as it was written, or was refused. */
    @Property(tries = 5000)
    void anInternationalNameIsStoredAsItIsLookedUp(@ForAll("internationalNames") String name) {
        var canonical = HostName.canonical(name);
        if (canonical != null) {
            assertThat(canonical).matches("[a-z0-9._-]+");
            assertThat(Punycode.host(canonical)).isNotNull();
            assertThat(HttpUrl.get("https://" + Punycode.host(canonical) + "/").host())
                    .isEqualTo(canonical);
            assertThat(HostName.canonical(canonical)).isEqualTo(canonical);
        }
    }

    @Provide
    Arbitrary<String> internationalNames() {
        return names();
    }

    /** What {@link HttpUrl} makes of letters, ours makes letters of again. */
    @Property(tries = 2000)
    void punycodeIsReadAsItIsWritten(@ForAll("letters") String label) {
        var ascii = HttpUrl.get("https://" + label + ".example/").host();
        assertThat(ascii).startsWith("xn--");
        assertThat(Punycode.host(ascii)).isEqualTo(label + ".example");
    }

    @Provide
    Arbitrary<String> letters() {
        return Arbitraries.of("α", "β", "γ", "я", "ж", "中", "文", "é", "a", "z", "0", "-x", "ß", "あ", "𐐨", "한")
                .list()
                .ofMinSize(1)
                .ofMaxSize(12)
                .map(list -> "ü" + String.join("", list));
    }

    /** What the JDK knows to be special is special. */
    @Property(tries = 5000)
    void nothingThatTheJdkCallsLocalIsPublic(@ForAll("addresses") byte[] address) throws UnknownHostException {
        var known = InetAddress.getByAddress(address);
        if (known.isLoopbackAddress()
                || known.isSiteLocalAddress()
                || known.isLinkLocalAddress()
                || known.isAnyLocalAddress()
                || known.isMulticastAddress()) {
            assertThat(Ranges.isPublic(address)).isFalse();
        }
        if (address.length == 16 && known instanceof Inet4Address) {
            assertThat(Ranges.isPublic(address)).isFalse();
        }
    }

    @Property(tries = 5000)
    void addressesAreReadAndWrittenAsEverybodyDoes(@ForAll("addresses") byte[] address) throws UnknownHostException {
        var text = IpLiteral.text(address);
        assertThat(AllowedTargets.literal(text)).isEqualTo(address);
        assertThat(InetAddress.ofLiteral(text)).isEqualTo(InetAddress.getByAddress(address));
        if (InetAddress.getByAddress(address).getAddress().length == address.length) {
            var host = address.length == 16 ? "[" + text + "]" : text;
            assertThat(HttpUrl.get("https://" + host + "/").host()).isEqualTo(text);
        }
    }

    /** Every text that we read as an address, the JDK and the client read as the same one. */
    @Property(tries = 20_000)
    void noSpellingMeansTwoAddresses(@ForAll("spellings") String text) {
        var read = AllowedTargets.literal(text);
        if (read != null) {
            var jdk = InetAddress.ofLiteral(text).getAddress();
            var client = HttpUrl.get("https://" + (read.length == 16 ? "[" + text + "]" : text) + "/")
                    .host();
            if (jdk.length == read.length) { // the JDK makes IPv4 of ::ffff:0:0/96, where nothing is public
                assertThat(jdk).isEqualTo(read);
                assertThat(client).isEqualTo(IpLiteral.text(read));
            } else {
                assertThat(Ranges.isPublic(read)).isFalse();
            }
        }
    }

    @Provide
    Arbitrary<String> spellings() {
        var piece = Arbitraries.of(
                ":", ":", ":", "::", ".", ".", ".", "0", "1", "7f", "ffff", "00ff", "10", "127", "255", "256", "01",
                "fd00", "12345", "0x1", "1.2.3.4", "x", "F");
        return Arbitraries.oneOf(
                piece.list().ofMinSize(1).ofMaxSize(16).map(list -> String.join("", list)),
                Arbitraries.strings().withChars("0123456789abF:.").ofMaxLength(20),
                addresses().map(address -> {
                    try {
                        return InetAddress.getByAddress(address).getHostAddress();
                    } catch (UnknownHostException impossible) {
                        throw new AssertionError(impossible);
                    }
                }));
    }

    /** Both kinds, and more of those near the edges of what is special than chance would give. */
    @Provide
    Arbitrary<byte[]> addresses() {
        var edge = Arbitraries.of(
                        "0.0.0.0/8",
                        "10.0.0.0/8",
                        "100.64.0.0/10",
                        "127.0.0.0/8",
                        "169.254.0.0/16",
                        "172.16.0.0/12",
                        "192.168.0.0/16",
                        "224.0.0.0/4",
                        "::/128",
                        "::1/128",
                        "::ffff:0:0/96",
                        "fc00::/7",
                        "fe80::/10",
                        "fec0::/10",
                        "ff00::/8",
                        "2000::/3",
                        "2002::/16")
                .map(text -> Objects.requireNonNull(Cidr.parse(text)));
        var near = Combinators.combine(
                        edge,
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(-3, 3))
                .as((range, first, off) -> moved(first ? range.first() : range.last(), off));
        return Arbitraries.oneOf(
                near,
                Arbitraries.bytes().array(byte[].class).ofSize(4),
                Arbitraries.bytes().array(byte[].class).ofSize(16),
                Arbitraries.of((byte) 0, (byte) 0, (byte) 1, (byte) 0xff)
                        .array(byte[].class)
                        .ofSize(16));
    }

    private static byte[] moved(byte[] address, int off) {
        var most = BigInteger.ONE.shiftLeft(8 * address.length);
        var moved = new BigInteger(1, address).add(BigInteger.valueOf(off)).mod(most);
        return filled(new byte[address.length], moved);
    }

    @Property(tries = 5000)
    void aRangeHasWhatBeginsLikeIt(
            @ForAll("addresses") byte[] base,
            @ForAll("addresses") byte[] other,
            @ForAll @IntRange(max = 128) int bits) {
        int length = Math.min(bits, 8 * base.length);
        var mask = BigInteger.ONE.shiftLeft(8 * base.length - length).subtract(BigInteger.ONE);
        var first = new BigInteger(1, base).andNot(mask);
        var range =
                Objects.requireNonNull(Cidr.parse(IpLiteral.text(filled(new byte[base.length], first)) + "/" + length));

        assertThat(range.contains(other))
                .isEqualTo(base.length == other.length
                        && new BigInteger(1, other).andNot(mask).equals(first));
        assertThat(range.contains(base)).isTrue();
        assertThat(new BigInteger(1, range.last())).isEqualTo(first.or(mask));
    }

    private static byte[] filled(byte[] empty, BigInteger number) {
        var digits = number.toByteArray();
        for (int i = 1; i <= Math.min(empty.length, digits.length); i++) {
            empty[empty.length - i] = digits[digits.length - i];
        }
        return empty;
    }

    /** One that is not public is enough to refuse all, wherever it stands; and the name is asked for once. */
    @Property(tries = 2000)
    void oneBadAnswerRefusesAll(
            @ForAll("addresses") byte[] odd, @ForAll @Size(max = 5) List<@IntRange(max = 200) Integer> others)
            throws Exception {
        var answers = new ArrayList<InetAddress>();
        for (var other : others) {
            answers.add(InetAddress.getByAddress(new byte[] {8, 8, 8, (byte) (int) other}));
        }
        answers.add(others.size() / 2, InetAddress.getByAddress(odd));
        var lookups = new AtomicInteger();
        var policy = new TargetPolicy(List.of(), false, host -> {
            lookups.incrementAndGet();
            return answers;
        });
        var target = policy.parse("https://hooks.example/");

        if (Ranges.isPublic(InetAddress.getByAddress(odd).getAddress())) {
            assertThat(policy.resolve(target)).isEqualTo(answers);
        } else {
            assertThatThrownBy(() -> policy.resolve(target)).isInstanceOf(TargetBlocked.class);
        }
        assertThat(lookups).hasValue(1);
    }
}
