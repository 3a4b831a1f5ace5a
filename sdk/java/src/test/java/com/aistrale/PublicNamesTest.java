package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What programs can use is what public-names.txt says, no more and no less. A change here is a change for everybody: make it on purpose,
 * and put the new list (target/public-names.txt) in the old one's place.
 */
class PublicNamesTest {
    private static final Set<String> OF_RECORDS = Set.of("equals", "hashCode", "toString");

    @Test
    void theExportedNamesAreTheseAndNoOthers() throws Exception {
        var names = names();
        Files.write(Path.of("target", "public-names.txt"), names);
        assertThat(names).isEqualTo(Files.readAllLines(Path.of("src", "test", "resources", "public-names.txt")));
    }

    @Test
    void noSignatureNamesATypeThatIsNotTheJdksOrOurs() throws Exception {
        assertThat(names())
                .noneMatch(
                        name -> name.contains("gson") || name.contains("internal") || name.contains("java.net.http"));
    }

    @Test
    void theVersionIsThatOfTheRepository() throws Exception {
        var repository = Path.of(System.getProperty("aistrale.repository", "../.."));
        assertThat(Aistrale.VERSION)
                .isEqualTo(Files.readString(repository.resolve("VERSION")).strip());
    }

    private static List<String> names() throws Exception {
        var names = new ArrayList<String>();
        try (var files = Files.list(Path.of("target", "classes", "com", "aistrale"))) {
            for (var file : files.map(f -> f.getFileName().toString()).sorted().toList()) {
                if (file.endsWith(".class") && !file.equals("package-info.class")) {
                    add(names, Class.forName("com.aistrale." + file.substring(0, file.length() - 6)));
                }
            }
        }
        return names;
    }

    private static void add(List<String> names, Class<?> type) {
        if (!Modifier.isPublic(type.getModifiers()) || type.isSynthetic() || type.isAnonymousClass()) {
            return;
        }
        names.add(type.getName()
                + (type.getSuperclass() == null
                        ? ""
                        : " < " + type.getSuperclass().getName()));
        var members = new ArrayList<String>();
        for (var constructor : type.getDeclaredConstructors()) {
            member(members, constructor, "new");
        }
        for (var method : type.getDeclaredMethods()) {
            if (!(type.isRecord() && OF_RECORDS.contains(method.getName()))) {
                member(members, method, method.getName());
            }
        }
        for (var field : type.getDeclaredFields()) {
            if (isExported(field)) {
                members.add(
                        "  " + field.getName() + ": " + field.getGenericType().getTypeName());
            }
        }
        members.stream().sorted().forEach(names::add);
    }

    private static void member(List<String> members, Executable member, String name) {
        if (isExported(member) && !member.isSynthetic()) {
            var parameters = Arrays.stream(member.getGenericParameterTypes())
                    .map(Type::getTypeName)
                    .collect(Collectors.joining(", "));
            var result = member instanceof Constructor<?>
                    ? ""
                    : ": " + ((Method) member).getGenericReturnType().getTypeName();
            members.add("  " + name + "(" + parameters + ")" + result);
        }
    }

    private static boolean isExported(Member member) {
        return Modifier.isPublic(member.getModifiers()) || Modifier.isProtected(member.getModifiers());
    }
}
