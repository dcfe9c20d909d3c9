#include "base/counter.h"
#include "http/message.h"
#include "http/stats.h"
#include "net/stats.h"
#include "support/http_fixture.h"

#include <doctest/doctest.h>

#include <future>

#include <unistd.h>

namespace belfry::http {
namespace {

using tests::HttpFixture;
using tests::RawClient;

constexpr std::string_view GET_HELLO = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

void add_hello(HttpFixture& f) {
    f.router.add("GET", "/hello", Access::read, [](const Request&) { return json_response("hello"); });
    f.router.add("POST", "/echo", Access::ingest, [](const Request& r) { return json_response(r.body); });
}

/// A handler that waits until the test lets it go on.
class Gate {
  public:
    Response operator()(const Request& r) {
        ++inside_;
        while (!open_ && !(r.disconnected && *r.disconnected))
            std::this_thread::yield();
        if (r.disconnected && *r.disconnected) ++disconnected_;
        return json_response("{}");
    }
    void open() { open_ = true; }
    [[nodiscard]] int inside() const { return inside_; }
    [[nodiscard]] int disconnected() const { return disconnected_; }

  private:
    std::atomic<bool> open_{false};
    std::atomic<int> inside_{0};
    std::atomic<int> disconnected_{0};
};

TEST_CASE("bytes that are no HTTP are refused and counted") {
    HttpFixture f;
    add_hello(f);
    f.start();
    RawClient garbage = f.client();
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes.push_back(static_cast<char>(i));
    CHECK(garbage.ask(bytes).status == 400);
    CHECK(garbage.closed_by_peer());

    std::string rest;
    RawClient tls = f.client();
    const uint64_t tls_before = connections_refused_total.at({"tls"}).value();
    tls.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    CHECK(tls.closed_by_peer(&rest));
    CHECK(rest == std::string_view("\x15\x03\x01\x00\x02\x02\x46", 7));
    CHECK(connections_refused_total.at({"tls"}).value() == tls_before + 1);

    CHECK(f.client().ask(GET_HELLO).status == 200);
}

TEST_CASE("a head that is too large or malformed ends the connection") {
    HttpFixture f;
    f.config.head_bytes_max = 8 * 1024;
    add_hello(f);
    f.start();
    RawClient large = f.client();
    CHECK(large.ask("GET /hello HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(9000, 'x')).status == 431);
    CHECK(large.closed_by_peer());
    RawClient lf = f.client();
    CHECK(lf.ask("GET /hello HTTP/1.1\nHost: localhost\n\n").status == 400);
    RawClient smuggle = f.client();
    CHECK(smuggle
              .ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: "
                   "chunked\r\n\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
              .status == 400);
    std::string rest;
    CHECK(smuggle.closed_by_peer(&rest));
    CHECK(rest.empty());  // the second request was never answered
    RawClient chunk = f.client();
    CHECK(chunk.ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").status ==
          400);
    CHECK(chunk.closed_by_peer());
}

TEST_CASE("a body that is too large is refused by its length, or when its chunks add up") {
    HttpFixture f;
    f.config.body_bytes_max = 1000;
    add_hello(f);
    f.start();
    CHECK(f.post("/echo", std::string(1000, 'x')).status == 200);
    CHECK(f.client().ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n").status == 413);
    CHECK(f.client()
              .ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
              .status == 413);
    CHECK(
        f.client().ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n").status ==
        413);
}

TEST_CASE("an answer to a refused body is read before the connection is reset") {
    HttpFixture f;
    add_hello(f);
    f.start();
    RawClient client = f.client();
    const std::string body(600 * 1024, 'x');
    client.send(fmt::format("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"));
    client.send(body);
    CHECK(client.receive().status == 413);
}

TEST_CASE("a request that comes too slowly is cut off, and an idle connection later") {
    HttpFixture f;
    f.config.header_timeout_ms = 30;
    f.config.body_timeout_ms = 30;
    f.config.idle_timeout_ms = 30;
    add_hello(f);
    f.start();
    const uint64_t header_before = timeouts_total.at({"header"}).value();
    RawClient head = f.client();
    CHECK(head.ask("GET /hel").status == 408);
    RawClient silent = f.client();
    std::string rest = "x";
    CHECK(silent.closed_by_peer(&rest));
    CHECK(rest.empty());
    CHECK(timeouts_total.at({"header"}).value() == header_before + 2);
    RawClient body = f.client();
    CHECK(body.ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc").status == 408);
    RawClient idle = f.client();
    CHECK(idle.ask(GET_HELLO).status == 200);
    CHECK(idle.closed_by_peer());
}

TEST_CASE("slow and half-open connections keep no worker and no client waiting") {
    HttpFixture f;
    f.config.workers = 1;
    add_hello(f);
    f.start();
    std::vector<RawClient> slow;
    for (int i = 0; i < 300; ++i) {
        slow.push_back(f.client());
        if (i % 3 == 1) slow.back().send("GET /hello HT");
        if (i % 3 == 2) slow.back().send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc");
    }
    RawClient client = f.client();
    for (int i = 0; i < 20; ++i)
        CHECK(client.ask(GET_HELLO).status == 200);
    CHECK(f.client().ask(GET_HELLO).status == 200);
}

TEST_CASE("when connections run out, the longest idle one makes room") {
    HttpFixture f;
    f.config.connections_max = 3;
    add_hello(f);
    f.start();
    RawClient first = f.client();
    CHECK(first.ask(GET_HELLO).status == 200);
    RawClient second = f.client();
    CHECK(second.ask(GET_HELLO).status == 200);
    RawClient half_open = f.client();
    half_open.send("GET /");
    RawClient fourth = f.client();
    CHECK(fourth.ask(GET_HELLO).status == 200);
    CHECK(first.closed_by_peer());
    CHECK(second.ask(GET_HELLO).status == 200);
}

TEST_CASE("when every worker is busy and the queue is full, the answer is 503 and the connection goes on") {
    HttpFixture f;
    Gate gate;
    f.config.workers = 1;
    f.config.queue_max = 1;
    add_hello(f);
    f.router.add("GET", "/gate", Access::read, std::ref(gate));
    f.start();
    const std::string_view get = "GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n";
    RawClient running = f.client();
    running.send(get);
    CHECK(tests::eventually([&] { return gate.inside() == 1; }));
    RawClient queued = f.client();
    queued.send(get);
    RawClient refused = f.client();
    RawClient::Answer answer;
    CHECK(tests::eventually([&] {  // until the queued one is in the queue
        answer = refused.ask("GET /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        return answer.status == 503;
    }));
    CHECK(answer.headers.at("retry-after") == "1");
    gate.open();
    CHECK(running.receive().status == 200);
    CHECK(queued.receive().status == 200);
    CHECK(refused.ask(GET_HELLO).status == 200);
}

TEST_CASE("a handler hears when its client goes away") {
    HttpFixture f;
    Gate gate;
    f.router.add("GET", "/gate", Access::read, std::ref(gate));
    f.start();
    {
        RawClient client = f.client();
        client.send("GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n");
        CHECK(tests::eventually([&] { return gate.inside() == 1; }));
    }
    CHECK(tests::eventually([&] { return gate.disconnected() == 1; }));
}

TEST_CASE("a slow reader of a large answer holds no worker and gets all of it") {
    HttpFixture f;
    f.config.workers = 1;
    add_hello(f);
    const std::string large(8 * 1024 * 1024, 'a');
    f.router.add("GET", "/large", Access::read, [&](const Request&) {
        Response out;
        out.static_body = large;
        return out;
    });
    f.start();
    RawClient slow(f.port(), 16 * 1024);
    slow.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(tests::eventually([] { return unsent_bytes.value() > 0; }));
    CHECK(f.client().ask(GET_HELLO).status == 200);
    CHECK(slow.receive().body.size() == large.size());
    CHECK(tests::eventually([] { return unsent_bytes.value() == 0; }));
}

TEST_CASE("a reader that takes nothing is cut off") {
    HttpFixture f;
    f.config.write_timeout_ms = 20;
    const std::string large(8 * 1024 * 1024, 'a');
    f.router.add("GET", "/large", Access::read, [&](const Request&) {
        Response out;
        out.static_body = large;
        return out;
    });
    f.start();
    const uint64_t before = timeouts_total.at({"write"}).value();
    RawClient stuck(f.port(), 4096);
    stuck.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(tests::eventually([&] { return timeouts_total.at({"write"}).value() > before; }));
}

TEST_CASE("bodies wait for memory that running requests hold, and go on when it is free") {
    HttpFixture f;
    Gate gate;
    f.config.in_flight_bytes_max = 100'000;
    f.router.add("POST", "/gate", Access::ingest, std::ref(gate));
    add_hello(f);
    f.start();
    const std::string body(60'000, 'x');
    const std::string request =
        fmt::format("POST /gate HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.size()) + body;
    RawClient first = f.client();
    first.send(request);
    CHECK(tests::eventually([&] { return gate.inside() == 1; }));
    RawClient second = f.client();
    second.send(request);
    CHECK(f.get("/hello").status == 200);
    CHECK(gate.inside() == 1);
    gate.open();
    CHECK(first.receive().status == 200);
    CHECK(second.receive().status == 200);
    CHECK(gate.inside() == 2);
}

TEST_CASE("senders that hold memory and send nothing give way to one that sends") {
    HttpFixture f;
    f.config.in_flight_bytes_max = 100'000;
    add_hello(f);
    f.start();
    std::vector<RawClient> holding;
    for (int i = 0; i < 20; ++i) {
        holding.push_back(f.client());
        holding.back().send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n" +
                            std::string(9000, 'x'));
    }
    const std::string body(60'000, 'y');
    CHECK(f.post("/echo", body).body == body);
    CHECK(f.post("/echo", std::string(100'001, 'y')).status == 503);  // more than there is
}

TEST_CASE("a bomb is refused while it is small, whatever its encoding") {
    HttpFixture f;
    f.config.decoded_bytes_max = 4 * 1024 * 1024;
    add_hello(f);
    f.start();
    CHECK(f.post("/echo", "x", "Content-Encoding: br\r\n").status == 415);
    CHECK(f.post("/echo", "no gzip", "Content-Encoding: gzip\r\n").status == 400);
    CHECK(f.post("/echo", "\xff\xff\xff\xff\xff\xff", "Content-Encoding: snappy\r\n").status == 400);
    const std::string huge = fmt::format("\x80\x80\x80\x80\x0f\xf0{}", std::string(100, 'x'));  // claims 4 GiB
    CHECK(f.post("/echo", huge, "Content-Encoding: snappy\r\n").status == 413);
    // "hello" in the snappy block format: length, then one literal
    CHECK(f.post("/echo", "\x05\x10hello", "Content-Encoding: snappy\r\n").body == "hello");
}

TEST_CASE("large JSON is compressed for those who take it") {
    HttpFixture f;
    add_hello(f);
    f.router.add("GET", "/numbers", Access::read, [](const Request&) { return json_response(std::string(5000, '1')); });
    f.start();
    CHECK(f.get("/numbers").body.size() == 5000);
    CHECK(f.get("/numbers", "Accept-Encoding: gzip;q=0, br\r\n").body.size() == 5000);
    const auto packed = f.get("/numbers", "Accept-Encoding: br, gzip\r\n");
    CHECK(packed.headers.at("content-encoding") == "gzip");
    CHECK(packed.headers.at("vary") == "Accept-Encoding");
    CHECK(packed.body.size() < 200);
    CHECK(!f.get("/hello", "Accept-Encoding: gzip\r\n").headers.contains("content-encoding"));
}

TEST_CASE("a stop lets running requests end and closes the rest") {
    HttpFixture f;
    Gate gate;
    add_hello(f);
    f.router.add("GET", "/gate", Access::read, std::ref(gate));
    f.start();
    RawClient idle = f.client();
    CHECK(idle.ask(GET_HELLO).status == 200);
    RawClient running = f.client();
    running.send("GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(tests::eventually([&] { return gate.inside() == 1; }));
    auto stopped = std::async(std::launch::async, [&] { f.stop(); });
    CHECK(idle.closed_by_peer());
    gate.open();
    const auto answer = running.receive();
    CHECK(answer.status == 200);
    CHECK(answer.headers.at("connection") == "close");
    stopped.wait();
    CHECK(running.closed_by_peer());
    CHECK(!f.client().send("GET"));
}

TEST_CASE("a stop does not wait for ever") {
    HttpFixture f;
    Gate gate;
    f.config.drain_ms = 20;
    f.router.add("GET", "/gate", Access::read, std::ref(gate));
    f.start();
    RawClient running = f.client();
    running.send("GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(tests::eventually([&] { return gate.inside() == 1; }));
    f.stop();
    CHECK(gate.disconnected() == 1);
}

TEST_CASE("an alias finds the paths of its own system first") {
    HttpFixture f;
    add_hello(f);
    f.router.add("GET", "/jaeger/hello", Access::read,
                 [](const Request& r) { return json_response("jaeger by " + r.listener); });
    f.start();
    const auto entrance = f.server().open({"jaeger-query", {"127.0.0.1", 0}, "/jaeger"});
    REQUIRE(entrance.ok());
    RawClient client(entrance.value()->address.port);
    CHECK(client.ask(GET_HELLO).body == "jaeger by jaeger-query");
    CHECK(client.ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi").body == "hi");
    CHECK(f.client().ask(GET_HELLO).body == "hello");
}

TEST_CASE("a busy port names who has it") {
    HttpFixture f;
    f.start();
    const auto again = f.server().open({"again", {"127.0.0.1", f.port()}, ""});
    REQUIRE(!again.ok());
    CHECK(again.error().code == Code::unavailable);
    CHECK(again.error().message.find(fmt::format("pid {}", ::getpid())) != std::string::npos);
}

}  // namespace
}  // namespace belfry::http
