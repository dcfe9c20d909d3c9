#include "http/message.h"
#include "http/stats.h"
#include "support/http_fixture.h"

#include <doctest/doctest.h>

namespace belfry::http {
namespace {

using tests::HttpFixture;
using tests::RawClient;

constexpr std::string_view GET_LONG = "GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// `count` parts of `size` bytes; the part after them fails when `torn`.
BodyParts parts_of(size_t count, size_t size, bool torn = false) {
    return [count, size, torn, made = size_t{0}](std::string& out) mutable -> Result<bool> {
        if (torn && made == count) return make_error(Code::internal, "the store is gone");
        out.append(size, static_cast<char>('a' + made % 26));
        return ++made < count || torn;
    };
}

void add_long(HttpFixture& f, BodyParts parts) {
    f.router.add("GET", "/long", Access::read, [parts](const Request&) {
        auto made = long_response("text/plain", parts);
        return made ? std::move(*made) : error_response(made.error());
    });
    f.router.add("GET", "/short", Access::read, [](const Request&) { return json_response("short"); });
}

TEST_CASE("a long answer comes in parts, and the connection goes on after it") {
    HttpFixture f;
    add_long(f, parts_of(20, 300'000));
    f.start();
    RawClient client = f.client();
    for (int i = 0; i < 2; ++i) {
        const auto got = client.ask(GET_LONG);
        CHECK(got.status == 200);
        CHECK(got.headers.at("transfer-encoding") == "chunked");
        CHECK(!got.headers.contains("content-length"));
        REQUIRE(got.body.size() == 6'000'000);
        CHECK(got.body.front() == 'a');
        CHECK(got.body.back() == 'a' + 19);
        CHECK(client.ask("GET /short HTTP/1.1\r\nHost: localhost\r\n\r\n").body == "short");
    }
    CHECK(client.ask("HEAD /long HTTP/1.1\r\nHost: localhost\r\n\r\n", true).status == 200);
    CHECK(client.ask("GET /short HTTP/1.1\r\nHost: localhost\r\n\r\n").body == "short");
}

TEST_CASE("what fits one part is an answer like any other") {
    HttpFixture f;
    add_long(f, parts_of(3, 10));
    f.start();
    const auto got = f.get("/long");
    CHECK(got.headers.at("content-length") == "30");
    CHECK(got.body == "aaaaaaaaaabbbbbbbbbbcccccccccc");
}

TEST_CASE("an error in the first part is the answer's error") {
    HttpFixture f;
    add_long(f, parts_of(2, 10, true));
    f.start();
    const auto got = f.get("/long");
    CHECK(got.status == 500);
    CHECK(got.body.find("the store is gone") != std::string::npos);
}

TEST_CASE("an error in a later part cuts the connection: the answer is torn, not short") {
    HttpFixture f;
    add_long(f, parts_of(3, 300'000, true));
    f.start();
    const uint64_t before = torn_answers_total.value();
    RawClient client = f.client();
    client.send(GET_LONG);
    std::string all;
    CHECK(client.closed_by_peer(&all));
    CHECK(all.find("\r\n0\r\n\r\n") == std::string::npos);
    CHECK(torn_answers_total.value() == before + 1);
}

TEST_CASE("HTTP/1.0 gets a long answer until the connection ends") {
    HttpFixture f;
    add_long(f, parts_of(4, 300'000));
    f.start();
    RawClient client = f.client();
    client.send("GET /long HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    std::string all;
    CHECK(client.closed_by_peer(&all));
    CHECK(all.find("Transfer-Encoding") == std::string::npos);
    CHECK(all.size() - all.find("\r\n\r\n") - 4 == 1'200'000);
}

TEST_CASE("a reader that takes nothing of a long answer holds no worker") {
    HttpFixture f;
    f.config.workers = 1;
    add_long(f, parts_of(1'000, 300'000));
    f.start();
    RawClient slow(f.port(), 4096);
    slow.send(GET_LONG);
    for (int i = 0; i < 5; ++i)
        CHECK(f.get("/short").body == "short");
    CHECK(tests::eventually([] { return unsent_bytes.value() > 0; }));
    CHECK(unsent_bytes.value() < 2 * 300'100);
}

}  // namespace
}  // namespace belfry::http
