package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.contract.Contract;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract and its reference, for whoever asks. */
class ReferenceRoutesTest {
    private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\"]*)\"");

    @TempDir
    private Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    /** Without a key. */
    private TestServer.Answer get(String path) throws Exception {
        return server.send(HttpRequest.newBuilder(URI.create(server.url() + path)));
    }

    @Test
    void theContractIsServedAsItIsWritten() throws Exception {
        var answer = get("/openapi.yaml");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("application/yaml");
        assertThat(answer.body()).isEqualTo(Files.readString(Contract.folder().resolve("openapi.yaml")));
    }

    @Test
    void theReferenceAsksNobodyButThisServer() throws Exception {
        var page = get("/docs");

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("content-type")).isEqualTo("text/html; charset=utf-8");
        assertThat(page.header("content-security-policy"))
                .isEqualTo("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                        + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        var links = new ArrayList<String>();
        var found = LINK.matcher(page.body());
        while (found.find()) {
            links.add(found.group(1));
        }
        assertThat(links)
                .containsExactlyInAnyOrder(
                        "data:,",
                        "docs/swagger-ui.css",
                        "docs/reference.css",
                        "openapi.yaml",
                        "docs/swagger-ui-bundle.js",
                        "docs/reference.js");
        assertThat(page.body()).doesNotContain("<script>").doesNotContain("style=");
        for (var link : links) {
            if (link.startsWith("docs/")) {
                var file = get("/" + link);
                assertThat(file.status()).as(link).isEqualTo(200);
                assertThat(file.body()).as(link).isNotBlank();
                assertThat(file.header("x-content-type-options")).isEqualTo("nosniff");
            }
        }
        assertThat(get("/docs/swagger-ui-bundle.js").body()).contains("SwaggerUIBundle");
    }

    @Test
    void otherFilesOfTheJarAreNotServed() throws Exception {
        assertThat(get("/docs/index.html").problem(404, "not_found")).contains("begins at /docs");
        get("/docs/..%2Flogback.xml").problem(404, "not_found");
        get("/docs/swagger-ui-bundle.js.LICENSE.txt").problem(404, "not_found");
    }
}
