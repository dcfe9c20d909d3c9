#include "api/identity/keystone.h"

#include "api/identity/identity_fixture.h"
#include "support/http_fixture.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::tests;

TEST_CASE("the answer of another identity service is read whole or not at all") {
    const auto grant = api::parse_token_answer(
        R"({"token":{"methods":["password"],"user":{"id":"u1","name":"eve"},"project":{"id":"p1","name":"Shop"},)"
        R"("roles":[{"id":"r","name":"monasca-user"}],"issued_at":"2023-11-14T22:00:00.000000Z",)"
        R"("expires_at":"2023-11-14T23:00:00.000000Z","audit_ids":["a"]}})");
    REQUIRE(grant.ok());
    CHECK(grant->user_name == "eve");
    CHECK(grant->project == "p1");
    CHECK(grant->project_name == "Shop");
    CHECK(grant->roles == std::vector<std::string>{"monasca-user"});
    CHECK(grant->expires_ms == 1'700'002'800'000);
    for (const char* bad :
         {"", "{}", "[]", R"({"token":{"user":{"id":"u"}}})",
          R"({"token":{"user":{"id":"u"},"project":{"id":"a b"},"expires_at":"2023-11-14T23:00:00Z"}})"})
        CHECK_FALSE(api::parse_token_answer(bad).ok());
}

namespace {

/// Another identity service on a free port.
struct Peer {
    HttpFixture http;
    std::atomic<int> asked{0};
    std::atomic<int> status{200};
    std::atomic<bool> hang{false};
    api::IdentityConfig config;

    Peer() {
        http.router.add("GET", "/v3/auth/tokens", http::Access::open, [this](const http::Request& request) {
            ++asked;
            while (hang)
                std::this_thread::yield();
            http::Response out = http::json_response(
                R"({"token":{"user":{"id":"u1","name":")" + std::string(request.header("x-subject-token")) +
                R"("},"project":{"id":"p1","name":"Shop"},"roles":[{"name":"monasca-agent"}],)"
                R"("expires_at":"2199-01-01T00:00:00.000000Z"}})");
            out.status = status;
            return out;
        });
        http.start();
        config.keystone_url = "http://127.0.0.1:" + std::to_string(http.port());
        config.password_cost_log2 = catalog::PASSWORD_COST_LOG2_MIN;
    }
    std::unique_ptr<api::Keystone> open() { return std::move(api::Keystone::open(config, system_clock())).value(); }
};

}  // namespace

TEST_CASE("a token of another identity service counts, and is asked about once") {
    Peer peer;
    const auto keystone = peer.open();
    for (int i = 0; i < 3; ++i) {
        const auto grant = keystone->check("eve");
        REQUIRE(grant.ok());
        CHECK(grant->user_name == "eve");
    }
    CHECK(peer.asked == 1);
    CHECK(keystone->check("ann")->user_name == "ann");
    CHECK(peer.asked == 2);
    peer.status = 404;
    for (int i = 0; i < 3; ++i)
        CHECK(keystone->check("bad").error().code == Code::invalid);
    CHECK(peer.asked == 3);
    CHECK(keystone->check("with blank").error().code == Code::invalid);
    CHECK(keystone->check("").error().code == Code::invalid);
    CHECK(peer.asked == 3);
}

TEST_CASE("an identity service that fails, is away or hangs lets nobody in") {
    Peer peer;
    peer.status = 500;
    peer.config.keystone_timeout_ms = 20;
    {
        const auto keystone = peer.open();
        CHECK(keystone->check("eve").error().code == Code::unavailable);
        peer.status = 200;
        CHECK(keystone->check("eve").error().code == Code::unavailable);  // left alone for a second
        peer.hang = true;
        CHECK(keystone->check("ann").error().code == Code::unavailable);
        keystone->stop();
        CHECK(keystone->check("bob").error().code == Code::unavailable);
        peer.hang = false;
    }
    peer.http.stop();
    CHECK(peer.open()->check("eve").error().code == Code::unavailable);
}

TEST_CASE("few wait for another identity service at one time, and tokens make room") {
    Peer peer;
    peer.config.keystone_waiting_max = 0;
    CHECK(peer.open()->check("eve").error().message.find("identity.keystone_waiting_max") != std::string::npos);
    peer.config.keystone_waiting_max = 1;
    peer.config.keystone_tokens_max = 1;
    const auto keystone = peer.open();
    for (const char* token : {"a", "b", "a"})
        CHECK(keystone->check(token).ok());
    CHECK(peer.asked == 3);
}

TEST_CASE("the front door takes tokens of both") {
    Peer peer;
    IdentityFixture f(peer.config.keystone_url);
    const auto foreign = f.who("eve");
    REQUIRE(foreign.ok());
    CHECK(foreign->role == http::Role::ingest);
    CHECK(foreign->tenant == "p1");
    CHECK(f.who(f.token("ann", "secret-ann")).ok());
    CHECK(peer.asked == 1);
}
