package com.aistrale.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** Roles are one chain, and a key never gives more than it has. */
class RolePropertiesTest {
    @Property
    void rolesAreOneChain(@ForAll Role a, @ForAll Role b, @ForAll Role c) {
        assertThat(a.covers(a)).isTrue();
        assertThat(a.covers(b) || b.covers(a)).as("any two compare").isTrue();
        if (a.covers(b) && b.covers(a)) {
            assertThat(a).isEqualTo(b);
        }
        if (a.covers(b) && b.covers(c)) {
            assertThat(a.covers(c)).isTrue();
        }
        assertThat(Role.ADMIN.covers(a) && a.covers(Role.VIEWER)).isTrue();
    }

    @Property
    void whatIsWithinRunsNothingMore(
            @ForAll("lists") @Nullable List<String> inner,
            @ForAll("lists") @Nullable List<String> outer,
            @ForAll("providers") String provider,
            @ForAll("models") String model) {
        if (AllowedModels.within(inner, outer) && AllowedModels.allow(inner, provider, model)) {
            assertThat(AllowedModels.allow(outer, provider, model)).isTrue();
        }
        assertThat(AllowedModels.within(inner, inner)).isTrue();
        assertThat(AllowedModels.within(inner, null)).isTrue();
    }

    @Property
    void anEntryLetsRunWhatItNamesAndNothingElse(
            @ForAll("providers") String provider,
            @ForAll("models") String model,
            @ForAll("providers") String askedProvider,
            @ForAll("models") String asked) {
        boolean same = provider.equals(askedProvider) && model.equals(asked);
        assertThat(AllowedModels.allow(List.of(provider + "/" + model), askedProvider, asked))
                .isEqualTo(same || (provider + "/" + model).equals(asked) && provider.equals(askedProvider));
        assertThat(AllowedModels.allow(List.of(provider + "/*"), askedProvider, asked))
                .isEqualTo(provider.equals(askedProvider));
        assertThat(AllowedModels.allow(null, askedProvider, asked)).isTrue();
    }

    @Provide
    Arbitrary<String> providers() {
        return Arbitraries.of("a", "ab", "openrouter");
    }

    @Provide
    Arbitrary<String> models() {
        return Arbitraries.of("m", "b/m", "ab/m", "a/m", "openrouter/auto", "auto");
    }

    @Provide
    Arbitrary<@Nullable List<String>> lists() {
        var entry = Arbitraries.oneOf(
                providers().map(provider -> provider + "/*"),
                providers().flatMap(provider -> models().map(model -> provider + "/" + model)));
        return entry.list().ofMinSize(1).ofMaxSize(3).injectNull(0.2);
    }
}
