#include "http/message.h"
#include "support/http_fixture.h"

#include <doctest/doctest.h>

namespace belfry::http {
namespace {

using tests::HttpFixture;
using tests::RawClient;

void add_echo(HttpFixture& f) {
    f.router.add("GET", "/hello/:name", Access::read,
                 [](const Request& r) { return json_response("hello " + r.path_params.at("name")); });
    f.router.add("POST", "/echo", Access::ingest, [](const Request& r) { return json_response(r.body); });
    f.router.add("POST", "/form", Access::read,
                 [](const Request& r) { return json_response(r.param("query").value_or("-")); });
}

TEST_CASE("a GET and a POST are answered over one connection") {
    HttpFixture f;
    add_echo(f);
    f.start();
    RawClient client = f.client();
    for (int i = 0; i < 3; ++i) {
        const auto got = client.ask("GET /hello/world?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        CHECK(got.status == 200);
        CHECK(got.body == "hello world");
        CHECK(got.headers.at("content-type") == "application/json");
        CHECK(got.headers.at("x-content-type-options") == "nosniff");
        const auto echoed = client.ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nbells");
        CHECK(echoed.status == 200);
        CHECK(echoed.body == "bells");
    }
}

TEST_CASE("pipelined requests are answered in order") {
    HttpFixture f;
    add_echo(f);
    f.start();
    RawClient client = f.client();
    std::string all;
    for (int i = 0; i < 50; ++i)
        all += fmt::format("GET /hello/{} HTTP/1.1\r\nHost: localhost\r\n\r\n", i);
    client.send(all);
    for (int i = 0; i < 50; ++i)
        CHECK(client.receive().body == fmt::format("hello {}", i));
}

TEST_CASE("HEAD tells the length and sends no body") {
    HttpFixture f;
    add_echo(f);
    f.start();
    RawClient client = f.client();
    const auto head = client.ask("HEAD /hello/you HTTP/1.1\r\nHost: localhost\r\n\r\n", true);
    CHECK(head.status == 200);
    CHECK(head.headers.at("content-length") == "9");
    CHECK(!head.headers.contains("accept-ranges"));
    CHECK(client.ask("GET /hello/you HTTP/1.1\r\nHost: localhost\r\n\r\n").body == "hello you");
}

TEST_CASE("a chunked body arrives whole, whatever its pieces") {
    HttpFixture f;
    add_echo(f);
    f.start();
    RawClient client = f.client();
    const std::string request =
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nbel\r\n2;x=y\r\nls\r\n0\r\nTrailer: t\r\n\r\n";
    CHECK(client.ask(request).body == "bells");
    for (const char c : request)
        client.send(std::string_view(&c, 1));
    CHECK(client.receive().body == "bells");
}

TEST_CASE("a body waits for 100 Continue when the client asks") {
    HttpFixture f;
    add_echo(f);
    f.start();
    RawClient client = f.client();
    CHECK(
        client.ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", true)
            .status == 100);
    CHECK(client.ask("bells").body == "bells");
}

TEST_CASE("a form is read into parameters, query first") {
    HttpFixture f;
    add_echo(f);
    f.start();
    const std::string type = "Content-Type: application/x-www-form-urlencoded\r\n";
    CHECK(f.post("/form", "query=up%7Ba%3D%22b%22%7D+%2B+1", type).body == "up{a=\"b\"} + 1");
    CHECK(f.post("/form?query=first", "query=second", type).body == "first");
    CHECK(f.post("/form", "query=%zz", type).status == 400);
}

TEST_CASE("an HTTP/1.0 connection closes after its answer unless it asks otherwise") {
    HttpFixture f;
    add_echo(f);
    f.start();
    RawClient client = f.client();
    CHECK(client.ask("GET /hello/a HTTP/1.0\r\n\r\n").status == 200);  // no browser: Host may be missing
    RawClient other = f.client();
    CHECK(other.ask("GET /hello/a HTTP/1.0\r\nHost: localhost\r\n\r\n").body == "hello a");
    CHECK(other.closed_by_peer());
    RawClient kept = f.client();
    CHECK(kept.ask("GET /hello/a HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n")
              .headers.at("connection") == "keep-alive");
    CHECK(kept.ask("GET /hello/b HTTP/1.0\r\nHost: localhost\r\n\r\n").body == "hello b");
}

TEST_CASE("a handler that throws is a 500 and the connection goes on") {
    HttpFixture f;
    add_echo(f);
    f.router.add("GET", "/throw", Access::open, [](const Request&) -> Response { throw std::runtime_error("inner"); });
    f.start();
    RawClient client = f.client();
    const auto got = client.ask("GET /throw HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(got.status == 500);
    CHECK(got.head.find("inner") == std::string::npos);
    CHECK(client.ask("GET /hello/b HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200);
}

}  // namespace
}  // namespace belfry::http
