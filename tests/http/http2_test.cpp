#include "base/bytes.h"
#include "http/message.h"
#include "http/stats.h"
#include "support/h2_client.h"

#include <doctest/doctest.h>

#include <sys/socket.h>

namespace belfry::http {
namespace {

using tests::H2Client;
using tests::HttpFixture;

void add_routes(HttpFixture& f) {
    f.router.add("GET", "/hello", Access::read, [](const Request& r) {
        Response out = json_response("hello " + r.query.get("q").value_or("") + r.identity.tenant);
        out.set_header("X-Mixed-Case", "kept");
        return out;
    });
    f.router.add("POST", "/echo", Access::ingest, [](const Request& r) { return json_response(r.body); });
    f.router.add("GET", "/big", Access::read,
                 [](const Request& r) { return json_response(std::string(std::stoul(*r.query.get("n")), 'b')); });
    f.router.add("GET", "/throws", Access::read, [](const Request&) -> Response { throw std::runtime_error("boom"); });
}

uint64_t refused(const char* reason) {
    return refused_total.at({reason}).value();
}
uint64_t ended(const char* reason) {
    return connections_refused_total.at({reason}).value();
}
std::string frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
    std::string out;
    put_be32(out, static_cast<uint32_t>(payload.size()) << 8 | type);
    out.push_back(static_cast<char>(flags));
    put_be32(out, stream);
    return out.append(payload);
}

TEST_CASE("HTTP/2 with prior knowledge passes the same doors as HTTP/1.1") {
    HttpFixture f;
    add_routes(f);
    f.start();
    H2Client c(f.port());
    auto answer = c.get("/hello?q=a%20b", {{"x-scope-orgid", "shop"}});
    CHECK(answer.status == 200);
    CHECK(answer.body == "hello a bshop");
    CHECK(answer.headers["x-mixed-case"] == "kept");
    CHECK(answer.headers["content-length"] == "13");
    CHECK(answer.headers["x-content-type-options"] == "nosniff");
    CHECK(c.post("/echo", "body").body == "body");
    CHECK(c.get("/nope").status == 404);
    CHECK(c.get("/echo").status == 405);
    CHECK(c.get("/throws").status == 500);
    CHECK(c.get("/hello", {{":authority", "evil.example"}}).status == 403);
    CHECK(c.post("/echo", "x", {{"origin", "http://evil.example"}}).status == 403);
    CHECK(c.get("/hello", {{"authorization", "Bearer wrong"}}).status == 401);
    CHECK(c.get("/hello", {{":authority", "-"}}).reset != 0);  // nobody says for whom it is
    CHECK(c.get("/hello", {{":authority", "-"}, {"host", "localhost"}}).status == 200);
    CHECK(c.get("/hello", {{"host", "other"}}).status == 400);
    const auto head = c.wait(c.begin("HEAD", "/hello"));
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(c.get("/hello").status == 200);  // all on one connection
}

TEST_CASE("the HTTP/2 preface may come byte by byte") {
    HttpFixture f;
    add_routes(f);
    f.start();
    tests::RawClient c = f.client();
    for (const char byte : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, ""))
        if (!c.send({&byte, 1})) break;
    char head[9];
    size_t got = 0;
    while (got < sizeof head) {
        const ssize_t count = ::recv(c.fd(), head + got, sizeof head - got, 0);
        if (count <= 0) break;
        got += static_cast<size_t>(count);
    }
    REQUIRE(got == sizeof head);
    CHECK(head[3] == 4);  // SETTINGS
}

TEST_CASE("bodies larger than every flow control window pass both ways") {
    HttpFixture f;
    add_routes(f);
    f.config.body_bytes_max = 16 << 20;
    f.start();
    H2Client c(f.port());
    std::string body(9 << 20, 'x');
    body[5'000'000] = 'y';
    CHECK(c.post("/echo", body).body == body);
    CHECK(c.get("/big?n=7000000").body.size() == 7'000'000);
}

TEST_CASE("an answer made part by part is not in memory whole, and a torn one is no short one") {
    HttpFixture f;
    const auto parts = [](int count, bool torn) {
        return [count, torn](const Request&) {
            auto left = std::make_shared<int>(count);
            return long_response("text/plain", [left, torn](std::string& out) -> Result<bool> {
                       if (--*left == 0 && torn) return make_error(Code::internal, "no more");
                       out += std::string(BODY_PART_BYTES, 'p');
                       return *left > 0;
                   })
                .value();
        };
    };
    f.router.add("GET", "/long", Access::read, parts(20, false));
    f.router.add("GET", "/torn", Access::read, parts(5, true));
    f.start();
    H2Client c(f.port());
    const auto whole = c.get("/long");
    CHECK(whole.body.size() == 20 * BODY_PART_BYTES);
    CHECK(!whole.headers.contains("content-length"));
    CHECK(whole.reset == 0);
    const auto torn = c.get("/torn");
    CHECK(torn.reset == 2);
    CHECK(torn.body.size() < 5 * BODY_PART_BYTES);
    CHECK(c.wait(c.begin("HEAD", "/long")).body.empty());
    CHECK(tests::eventually([] { return unsent_bytes.value() == 0; }));
}

TEST_CASE("many streams of a connection are answered, each with its own body") {
    HttpFixture f;
    add_routes(f);
    f.start();
    H2Client c(f.port());
    REQUIRE(c.get("/hello").status == 200);
    std::vector<int32_t> ids;
    for (int i = 0; i < 100; ++i)
        ids.push_back(c.begin_with_body("/echo", std::string(static_cast<size_t>(i) * 300, 'a') + std::to_string(i)));
    for (int i = 0; i < 100; ++i)
        CHECK(c.wait(ids[static_cast<size_t>(i)]).body ==
              std::string(static_cast<size_t>(i) * 300, 'a') + std::to_string(i));
    CHECK(c.streams_max() == f.config.streams_max);
}

TEST_CASE("a body over the limit, a head over the limit and a body that never ends are refused on their stream") {
    HttpFixture f;
    add_routes(f);
    f.config.body_bytes_max = 100'000;
    f.config.head_bytes_max = 8 * 1024;
    f.config.body_timeout_ms = 40;
    f.start();
    H2Client c(f.port());
    CHECK(c.post("/echo", std::string(200'000, 'x')).status == 413);
    CHECK(c.wait(c.begin_with_body("/echo", "x", {{"content-length", "100001"}}, false)).status == 413);
    CHECK(c.get("/hello", {{"x", std::string(9000, 'x')}}).status == 431);
    H2Client::Fields many;
    for (int i = 0; i < 130; ++i)
        many.emplace_back("a" + std::to_string(i), "b");
    CHECK(c.get("/hello", many).status == 431);
    const int32_t slow = c.begin_with_body("/echo", "some", {}, false);
    const auto late = c.wait(slow);
    CHECK(late.status == 408);
    CHECK(c.get("/hello").status == 200);
}

TEST_CASE("a client that drips its bodies is refused although bytes keep coming") {
    HttpFixture f;
    add_routes(f);
    f.config.body_timeout_ms = 60;
    f.start();
    H2Client c(f.port());
    const int32_t slow = c.begin_with_body("/echo", "x", {}, false);
    const int64_t until_ms = system_clock().monotonic_ms() + 5'000;
    while (refused("timeout") == 0 && system_clock().monotonic_ms() < until_ms)
        c.send_body(slow, "x", false);
    CHECK(c.wait(slow).status == 408);
}

TEST_CASE("expect 100-continue is answered before the body comes") {
    HttpFixture f;
    add_routes(f);
    f.start();
    H2Client c(f.port());
    const int32_t id = c.begin("POST", "/echo", {{"expect", "100-continue"}}, false);
    while (c.read_some()) {
        c.send_body(id, "now", true);
        break;
    }
    const auto answer = c.wait(id);
    CHECK(answer.body == "now");
    CHECK(answer.continues == 1);
}

TEST_CASE("more streams than allowed are refused, also when the client resets them at once") {
    HttpFixture f;
    std::atomic<bool> open{false};
    std::atomic<int> ran{0};
    f.router.add("GET", "/wait", Access::read, [&](const Request&) {
        ++ran;
        while (!open)
            std::this_thread::yield();
        return json_response("{}");
    });
    f.config.streams_max = 8;
    f.config.workers = 1;
    f.start();
    H2Client c(f.port());
    const uint64_t before = refused("http2_streams");
    const auto first = c.begin("GET", "/wait");
    CHECK(tests::eventually([&] { return ran == 1; }));  // the only worker is taken: nothing makes room from here on
    c.reset(first);
    for (int i = 1; i < 40; ++i)
        c.reset(c.begin("GET", "/wait"));
    CHECK(tests::eventually([&] { return refused("http2_streams") == before + 32; }));
    open = true;
    CHECK(tests::eventually([&] { return c.wait(c.begin("GET", "/wait")).status == 200; }));
    CHECK(ran <= 4);  // what was reset while it waited was not run
}

// What was sent after the server closed is answered by TCP's reset, which may overtake the GOAWAY on its way.
static bool told_to_calm_down(const H2Client& c) { return c.goaway_code() == 0xb || c.goaway_code() == UINT32_MAX; }

TEST_CASE("rapid resets end the connection with a reason") {
    HttpFixture f;
    add_routes(f);
    f.config.stream_resets_max = 50;
    f.start();
    H2Client c(f.port());
    const uint64_t before = ended("http2_rapid_reset");
    for (int i = 0; i < 60; ++i)
        c.reset(c.begin("GET", "/hello"));
    CHECK(c.closed_by_peer());
    CHECK(told_to_calm_down(c));
    CHECK(ended("http2_rapid_reset") == before + 1);
}

TEST_CASE("floods of frames that are no request end the connection") {
    HttpFixture f;
    add_routes(f);
    f.config.control_frames_max = 100;
    f.start();
    const std::string pings = [] {
        std::string out;
        for (int i = 0; i < 150; ++i)
            out += frame(6, 0, 0, "12345678");
        return out;
    }();
    const uint64_t before = ended("http2_control_flood");
    {
        H2Client c(f.port());
        c.send_raw(pings);
        CHECK(c.closed_by_peer());
        CHECK(told_to_calm_down(c));
    }
    {
        H2Client c(f.port());  // settings
        std::string settings;
        for (int i = 0; i < 150; ++i)
            settings += frame(4, 0, 0, "");
        c.send_raw(settings);
        CHECK(c.closed_by_peer());
    }
    {
        H2Client c(f.port());  // empty DATA frames
        const int32_t id = c.begin("POST", "/echo", {}, false);
        std::string empty;
        for (int i = 0; i < 150; ++i)
            empty += frame(0, 0, static_cast<uint32_t>(id), "");
        c.send_raw(empty);
        CHECK(c.closed_by_peer());
    }
    CHECK(ended("http2_control_flood") == before + 3);
    const uint64_t continuations = ended("http2_continuation_flood");
    {
        H2Client c(f.port());
        std::string flood = frame(1, 0, 1, std::string("\x82\x86\x84", 3));
        for (int i = 0; i < 20; ++i)
            flood += frame(9, 0, 1, std::string("\x40\x01x\x01y", 5));
        c.send_raw(flood);
        CHECK(c.closed_by_peer());
    }
    CHECK(ended("http2_continuation_flood") == continuations + 1);
    const uint64_t protocol = ended("http2_protocol");
    {
        H2Client c(f.port());
        c.send_raw(frame(0, 0, 0, "data on stream 0"));
        CHECK(c.closed_by_peer());
    }
    CHECK(ended("http2_protocol") == protocol + 1);
}

TEST_CASE("bodies of all streams share the memory budget and are resumed when it is free") {
    HttpFixture f;
    std::atomic<bool> open{false};
    f.router.add("POST", "/wait", Access::ingest, [&](const Request& r) {
        while (!open)
            std::this_thread::yield();
        return json_response(std::to_string(r.body.size()));
    });
    f.config.in_flight_bytes_max = 300'000;
    f.config.workers = 4;
    f.start();
    H2Client a(f.port());
    REQUIRE(a.get("/none").status == 404);  // SETTINGS have come: whole bodies are sent at once
    const int32_t first = a.begin_with_body("/wait", std::string(200'000, 'a'), {{"content-length", "200000"}});
    REQUIRE(tests::eventually([] { return in_flight_body_bytes.value() >= 200'000; }));
    H2Client b(f.port());
    REQUIRE(b.get("/none").status == 404);
    const int32_t second = b.begin_with_body("/wait", std::string(250'000, 'b'), {{"content-length", "250000"}});
    // it stands still until the first one's memory is free
    open = true;
    CHECK(a.wait(first).body == "200000");
    CHECK(b.wait(second).body == "250000");
    CHECK(tests::eventually([&] { return in_flight_body_bytes.value() == 0; }));
}

TEST_CASE("an idle HTTP/2 connection gets a GOAWAY, a running one survives a stop") {
    HttpFixture f;
    add_routes(f);
    std::atomic<bool> inside{false};
    std::atomic<bool> open{false};
    f.router.add("GET", "/wait", Access::read, [&](const Request&) {
        inside = true;
        while (!open)
            std::this_thread::yield();
        return json_response("done");
    });
    f.config.idle_timeout_ms = 60;
    f.start();
    {
        H2Client c(f.port());
        CHECK(c.get("/hello").status == 200);
        CHECK(c.closed_by_peer());
        CHECK(c.goaway_code() == 0);
    }
    H2Client c(f.port());
    const int32_t id = c.begin("GET", "/wait");
    while (!inside)
        std::this_thread::yield();
    std::thread stop([&] { f.stop(); });
    open = true;
    CHECK(c.wait(id).body == "done");
    stop.join();
    CHECK(c.closed_by_peer());
}

TEST_CASE("a reader that takes nothing loses its stream") {
    HttpFixture f;
    add_routes(f);
    f.config.write_timeout_ms = 60;
    f.start();
    H2Client c(f.port());
    const uint64_t before = timeouts_total.at({"write"}).value();
    // the window of the connection is 64 KiB until it is read
    (void)c.begin("GET", "/big?n=4000000");
    CHECK(tests::eventually([&] { return timeouts_total.at({"write"}).value() > before; }));
    CHECK(tests::eventually([&] { return unsent_bytes.value() == 0; }));
}

}  // namespace
}  // namespace belfry::http
