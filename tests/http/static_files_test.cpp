#include "http/static_files.h"
#include "codec/compress.h"
#include "http/health.h"
#include "support/http_fixture.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <fstream>

namespace belfry::http {
namespace {

using tests::HttpFixture;

struct Table {
    std::string page = "<!doctype html>";
    std::string script = codec::compress(codec::Coding::gzip, "let a = 1;", 9);
    WebRow rows[5] = {
        {"/", "text/html; charset=utf-8", "\"p1\"", "no-cache", "identity", page.data(), page.data() + page.size()},
        {"/metrics", "text/html; charset=utf-8", "\"p1\"", "no-cache", "identity", page.data(),
         page.data() + page.size()},
        {"/dash/*", "text/html; charset=utf-8", "\"p1\"", "no-cache", "identity", page.data(),
         page.data() + page.size()},
        {"/assets/a.1.js", "text/javascript", "\"a1\"", "immutable", "gzip", script.data(),
         script.data() + script.size()},
        {},
    };
};

TEST_CASE("embedded files come with tags, policies and security headers") {
    Table table;
    const StaticFiles files = StaticFiles::embedded(table.rows);
    HttpFixture f;
    f.files = &files;
    f.policy.loopback_reads = false;
    add_own_metrics_route(f.router);
    f.start();
    const auto page = f.get("/");
    CHECK(page.status == 200);
    CHECK(page.body == table.page);
    CHECK(page.headers.at("cache-control") == "no-cache");
    CHECK(page.headers.at("content-security-policy")
              .starts_with("default-src 'none'; script-src 'self'; style-src 'self'"));
    CHECK(page.headers.at("content-security-policy").find("unsafe") == std::string::npos);
    CHECK(page.headers.at("x-frame-options") == "DENY");
    CHECK(page.headers.at("referrer-policy") == "no-referrer");
    // what is below a page is the page's own matter; below others there is nothing
    CHECK(f.get("/dash/some%20id/more?t=1").body == table.page);
    CHECK(f.get("/metrics/some").status != 200);
    CHECK(f.get("/dash").status != 200);
    const auto same = f.get("/", "If-None-Match: W/\"x\", \"p1\"\r\n");
    CHECK(same.status == 304);
    CHECK(!same.headers.contains("content-length"));
    CHECK(f.get("/", "If-None-Match: \"p2\"\r\n").status == 200);

    const auto packed = f.get("/assets/a.1.js", "Accept-Encoding: gzip\r\n");
    CHECK(packed.headers.at("content-encoding") == "gzip");
    CHECK(packed.body == table.script);
    CHECK(packed.headers.at("cache-control") == "public, max-age=31536000, immutable");
    const auto plain = f.get("/assets/a.1.js");
    CHECK(plain.body == "let a = 1;");
    CHECK(!plain.headers.contains("content-encoding"));

    for (const char* path : {"/assets/../a", "/assets/a.1.js/", "/unknown", "/%2e%2e/etc/passwd"})
        CHECK(f.get(path).status == 401);
    CHECK(f.post("/", "x").status == 401);
}

TEST_CASE("/metrics is a page for a browser and text for everybody else") {
    Table table;
    const StaticFiles files = StaticFiles::embedded(table.rows);
    HttpFixture f;
    f.files = &files;
    add_own_metrics_route(f.router);
    f.start();
    CHECK(f.get("/metrics", "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n").body == table.page);
    const auto text = f.get(
        "/metrics", "Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n");
    CHECK(text.headers.at("content-type").starts_with("text/plain; version=0.0.4"));
    CHECK(text.body.find("belfry_http_requests_total{") != std::string::npos);
}

TEST_CASE("a web directory serves what its manifest names and nothing beside") {
    const tests::TempDir dir;
    std::ofstream(dir.file("index.html")) << "<p>";
    std::ofstream(dir.file("secret")) << "s";
    std::ofstream(dir.file("manifest.txt")) << "/\tindex.html\ttext/html\t\"1\"\tno-cache\tidentity\n/up\t../"
                                               "secret\ttext/plain\t\"2\"\tno-cache\tidentity\n";
    const auto files = StaticFiles::directory(dir.path());
    REQUIRE(files.ok());
    HttpFixture f;
    f.files = &*files;
    f.start();
    CHECK(f.get("/").body == "<p>");
    for (const char* path : {"/secret", "/manifest.txt", "/../secret", "/up"})
        CHECK(f.get(path).status == 404);
    CHECK(!StaticFiles::directory(dir.file("missing")).ok());
}

TEST_CASE("readiness lists what it waits for") {
    Readiness readiness;
    HttpFixture f;
    f.policy.loopback_reads = false;
    add_health_routes(f.router, readiness);
    readiness.hold("journal", "replay at 40 %");
    f.start();
    CHECK(f.get("/-/healthy").status == 200);
    const auto held = f.get("/-/ready");
    CHECK(held.status == 503);
    CHECK(held.body.find("journal: replay at 40 %") != std::string::npos);
    readiness.release("journal");
    for (const char* path : {"/-/ready", "/ready", "/readyz", "/health", "/livez"})
        CHECK(f.get(path).status == 200);
}

}  // namespace
}  // namespace belfry::http
