#include "ingest/agent/sender.h"

#include "base/json.h"
#include "support/http_fixture.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::ingest::agent;

namespace {

/// A Monasca API with an identity service.
struct Peer {
    tests::HttpFixture http;
    std::mutex mutex;
    std::vector<double> values;
    std::vector<std::string> tokens;
    std::atomic<int> status{204};
    std::atomic<int> logins{0};

    Peer() {
        http.router.add("POST", "/v2.0/metrics", http::Access::open, [this](const http::Request& r) {
            const std::lock_guard lock(mutex);
            tokens.emplace_back(r.header("x-auth-token"));
            if (r.header("x-auth-token") == "old") return http::error_response(401, "x", "ended");
            if (status != 204) return http::error_response(status, "x", "not now");
            const auto body = JsonView::parse(r.body).value();
            for (size_t i = 0; i < body.size(); ++i)
                values.push_back(body.at(i).double_or("value", -1));
            return http::empty_response();
        });
        http.router.add("POST", "/identity/v3/auth/tokens", http::Access::open, [this](const http::Request& r) {
            const auto body = JsonView::parse(r.body).value();
            const bool right =
                body.get("auth").get("identity").get("password").get("user").string_or("password", "") == "secret";
            http::Response out = http::json_response("{}");
            out.status = right ? 201 : 401;
            out.set_header("X-Subject-Token", logins++ == 0 ? "old" : "new");
            return out;
        });
        http.start();
    }
    [[nodiscard]] std::string base() const { return "http://127.0.0.1:" + std::to_string(http.port()); }
};

Measurements some(std::initializer_list<double> values) {
    Measurements out;
    for (const double v : values)
        out.push_back({"m", {{"hostname", "a"}}, v, 1, {}});
    return out;
}

}  // namespace

TEST_CASE("a measurement is what the Monasca API takes") {
    CHECK(to_json({"a.b", {{"h", "x"}, {"empty", ""}}, 1.5, 7, "why"}) ==
          R"({"name":"a.b","dimensions":{"h":"x"},"timestamp":7,"value":1.5,"value_meta":{"error":"why"}})");
}

TEST_CASE("what waits is sent newest first, in batches, when the server is back") {
    Peer peer;
    peer.status = 503;
    auto sender = Sender::open({.url = peer.base() + "/v2.0", .key = "k", .batch_max = 2}, system_clock()).value();
    sender->add(some({1, 2, 3}));
    CHECK(tests::eventually([&] {
        const std::lock_guard lock(peer.mutex);
        return !peer.tokens.empty();
    }));
    peer.status = 204;
    sender->stop();  // tries once more
    CHECK(peer.values == std::vector<double>{3, 2, 1});
    CHECK(sender->totals().sent == 3);
    CHECK(peer.tokens[0] == "k");
}

TEST_CASE("the backlog is bounded by its bytes, and the oldest goes") {
    Peer peer;
    peer.status = 503;
    auto sender = Sender::open({.url = peer.base() + "/v2.0", .backlog_bytes_max = 150}, system_clock()).value();
    sender->add(some({1, 2, 3, 4}));
    CHECK(sender->totals().dropped >= 1);
    peer.status = 204;
    sender->stop();
    CHECK(peer.values.front() == 4);
    CHECK(sender->totals().sent + sender->totals().dropped == 4);
}

TEST_CASE("what is refused for good is dropped and counted, and does not hold up the rest") {
    Peer peer;
    peer.status = 422;
    auto sender = Sender::open({.url = peer.base() + "/v2.0"}, system_clock()).value();
    sender->add(some({1}));
    CHECK(tests::eventually([&] { return sender->totals().refused == 1; }));
    peer.status = 204;
    sender->add(some({2}));
    CHECK(tests::eventually([&] { return sender->totals().sent == 1; }));
    sender->stop();
}

TEST_CASE("a token is fetched, and again when it has ended") {
    Peer peer;
    auto sender = Sender::open({.url = peer.base() + "/v2.0",
                                .key = "",
                                .auth_url = peer.base() + "/identity/v3",
                                .user = "u",
                                .password = "secret",
                                .project = "p"},
                               system_clock())
                      .value();
    sender->add(some({1}));
    CHECK(tests::eventually([&] { return sender->totals().sent == 1; }));
    sender->stop();
    CHECK(peer.tokens == std::vector<std::string>{"old", "new"});
    CHECK(peer.logins == 2);
}
