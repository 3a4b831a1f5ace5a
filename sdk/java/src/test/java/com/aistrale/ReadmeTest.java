package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows compiles. */
class ReadmeTest {
    private static final Pattern SNIPPET = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @TempDir
    Path output = Path.of(".");

    @Test
    void itsSnippetsCompile() throws Exception {
        var snippets = new ArrayList<JavaFileObject>();
        var matcher = SNIPPET.matcher(Files.readString(Path.of("README.md")));
        while (matcher.find()) {
            snippets.add(source("Snippet" + snippets.size(), matcher.group(1)));
        }
        assertThat(snippets).hasSize(7);
        var complaints = new StringWriter();
        var options = List.of(
                "-d", output.toString(), "-cp", Path.of("target", "classes").toString(), "-proc:none");
        var compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(complaints, null, null, options, null, snippets)
                .call();
        assertThat(compiled).as(complaints.toString()).isTrue();
    }

    private static JavaFileObject source(String name, String snippet) {
        var imports = snippet.lines().filter(line -> line.startsWith("import ")).toList();
        var body = snippet.lines().filter(line -> !line.startsWith("import ")).toList();
        var text = String.join("\n", imports) + "\nclass " + name + " { void run() throws Exception {\n"
                + String.join("\n", body) + "\n} }\n";
        return new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
    }
}
