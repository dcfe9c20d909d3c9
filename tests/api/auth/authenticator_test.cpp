#include "api/auth/authenticator.h"

#include "api/auth/exposure.h"
#include "catalog/changes.h"
#include "support/loop_change_log.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace belfry;
using namespace belfry::api;

namespace {

constexpr int64_t NOW = 1'700'000'000'000;

struct Fixture {
    tests::TempDir dir;
    ManualClock clock{NOW};
    std::unique_ptr<catalog::Catalog> catalog;
    std::unique_ptr<tests::LoopChangeLog> log;
    std::unique_ptr<catalog::Changes> changes;
    std::unique_ptr<catalog::Sessions> sessions;
    LocalAccess local;
    std::unique_ptr<Authenticator> auth;

    explicit Fixture(AuthConfig config = {}) {
        catalog = std::move(catalog::Catalog::open(dir.file("c.sqlite"), {}, clock)).value();
        log = std::make_unique<tests::LoopChangeLog>(*catalog);
        changes = std::make_unique<catalog::Changes>(*log, *catalog, clock);
        sessions = std::move(catalog::Sessions::open(*catalog)).value();
        auth = std::make_unique<Authenticator>(config, clock, *catalog, *sessions, local);
    }
    std::string key(catalog::Scope scope, const std::string& tenant = "default") {
        return changes->create_key({.name = "k", .tenant = tenant, .scope = scope, .expires_ms = NOW + 1000, .by = "t"})
            .value()
            .text;
    }
    std::string session() { return *sessions->login(*sessions->make_login_token("admin")); }
};

using Headers = std::map<std::string, std::string, std::less<>>;

http::Request request(Headers headers, bool loopback = false) {
    http::Request r;
    r.headers = std::move(headers);
    r.identity.loopback = loopback;
    return r;
}

}  // namespace

TEST_CASE("without a credential nobody is anybody") {
    Fixture f;
    auto identity = f.auth->authenticate(request({}));
    REQUIRE(identity.ok());
    CHECK(identity->role == http::Role::none);
    CHECK(identity->tenant == "default");
}

TEST_CASE("a key works in each of its three places and gives the role of its scope") {
    Fixture f;
    const std::string key = f.key(catalog::Scope::read);
    // "x:" + key in base64 is checked by the round trip below
    for (const Headers& headers : {Headers{{"authorization", "Bearer " + key}},
                                   Headers{{"authorization", "bearer  " + key}},
                                   Headers{{"authorization", "Token " + key}}, Headers{{"x-api-key", key}}}) {
        auto identity = f.auth->authenticate(request(headers));
        REQUIRE(identity.ok());
        CHECK(identity->role == http::Role::read);
        CHECK(identity->user.starts_with("key:"));
    }
    CHECK(f.auth->authenticate(request({{"x-api-key", f.key(catalog::Scope::ingest)}}))->role == http::Role::ingest);
    CHECK(f.auth->authenticate(request({{"x-api-key", f.key(catalog::Scope::admin)}}))->role == http::Role::admin);
}

TEST_CASE("a key may be the password of basic authentication, with any user") {
    CHECK(**presented_key(request({{"authorization", "Basic eDpiZl9pX2E="}})) == "bf_i_a");  // x:bf_i_a
    CHECK(**presented_key(request({{"authorization", "Basic OmE6Yg"}})) == "a:b");           // :a:b without padding
    CHECK_FALSE(presented_key(request({{"authorization", "Basic eA=="}})).ok());             // x
    CHECK_FALSE(presented_key(request({{"authorization", "Basic !!!!"}})).ok());
    CHECK_FALSE(presented_key(request({{"authorization", "Basic eDo="}})).ok());  // x:
}

TEST_CASE("an empty, absent or foreign credential never matches") {
    Fixture f;
    const std::string key = f.key(catalog::Scope::admin);
    for (const std::string& bad :
         {std::string(), std::string(" "), std::string("bf_a_"), std::string("bf_a__"), std::string("bf_l_"),
          std::string("null"), key.substr(0, key.size() - 1), key + "a", std::string(1000, 'a')}) {
        CAPTURE(bad);
        CHECK_FALSE(f.auth->authenticate(request({{"authorization", "Bearer " + bad}}, true)).ok());
        CHECK_FALSE(f.auth->authenticate(request({{"x-api-key", bad}}, true)).ok());
        CHECK(f.auth->authenticate(request({{"cookie", f.auth->cookie_name() + "=" + bad}}, true))->role ==
              http::Role::none);
    }
    for (const char* header : {"", "Bearer", "Basic", "Basic ", "Digest x", "Negotiate abc"}) {
        CAPTURE(header);
        CHECK_FALSE(f.auth->authenticate(request({{"authorization", header}}, true)).ok());
    }
    CHECK_FALSE(f.local.matches(""));
}

TEST_CASE("an expired and a revoked key are as good as none") {
    Fixture f;
    const std::string key = f.key(catalog::Scope::admin);
    f.clock.advance_ms(1000);
    CHECK_FALSE(f.auth->authenticate(request({{"x-api-key", key}})).ok());
    Fixture g;
    const std::string revoked = g.key(catalog::Scope::admin);
    REQUIRE(g.changes->revoke_key(g.catalog->snapshot()->keys.begin()->first, "t").ok());
    CHECK_FALSE(g.auth->authenticate(request({{"x-api-key", revoked}})).ok());
}

TEST_CASE("a key belongs to its tenant, an admin may choose") {
    Fixture f;
    auto bound = f.auth->authenticate(request({{"x-api-key", f.key(catalog::Scope::read, "team-a")}}));
    CHECK(bound->tenant == "team-a");
    CHECK(bound->tenant_bound);
    CHECK(f.auth->authenticate(request({{"x-api-key", f.key(catalog::Scope::ingest)}}))->tenant_bound);
    CHECK_FALSE(f.auth->authenticate(request({{"x-api-key", f.key(catalog::Scope::admin)}}))->tenant_bound);
}

TEST_CASE("a session needs its own token for changes") {
    Fixture f;
    const std::string secret = f.session();
    const std::string other = f.session();
    const auto with = [&](const std::string& csrf) {
        Headers headers{{"cookie", "a=b; " + f.auth->cookie_name() + "=" + secret}};
        if (!csrf.empty()) headers["x-belfry-csrf"] = csrf;
        return request(headers);
    };
    auto identity = f.auth->authenticate(with(""));
    REQUIRE(identity.ok());
    CHECK(identity->role == http::Role::admin);
    CHECK(identity->user == "admin");
    CHECK(secret.find(identity->session_id) == std::string::npos);
    CHECK(f.auth->csrf_fits(with(catalog::Sessions::csrf_token(secret)), *identity));
    CHECK_FALSE(f.auth->csrf_fits(with(catalog::Sessions::csrf_token(other)), *identity));
    CHECK_FALSE(f.auth->csrf_fits(with(""), *identity));
    CHECK_FALSE(f.auth->csrf_fits(with(secret), *identity));
    CHECK_FALSE(f.auth->csrf_fits(request({{"x-belfry-csrf", catalog::Sessions::csrf_token("")}}), {}));
}

TEST_CASE("the local key works from this machine only") {
    Fixture f;
    CHECK(f.auth->authenticate(request({{"x-api-key", f.local.key()}}, true))->role == http::Role::admin);
    CHECK_FALSE(f.auth->authenticate(request({{"x-api-key", f.local.key()}}, false)).ok());
}

TEST_CASE("with auth off nobody is identified, whatever he presents") {
    Fixture f(AuthConfig{.mode = "off"});
    auto identity = f.auth->authenticate(request({{"authorization", "Bearer whatever"}}, true));
    REQUIRE(identity.ok());
    CHECK(identity->role == http::Role::none);
    CHECK(identity->loopback);
}

TEST_CASE("the local key's file is for its owner's eyes and goes with the server") {
    const tests::TempDir dir;
    {
        LocalAccess local;
        REQUIRE(local.write(dir.path(), "http://127.0.0.1:1").ok());
        struct stat status {};
        REQUIRE(stat(dir.file("server.json").c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
        auto server = LocalAccess::read(dir.path());
        REQUIRE(server.ok());
        CHECK(server->url == "http://127.0.0.1:1");
        CHECK(local.matches(server->key));
        LocalAccess next;  // a server that was killed leaves its file behind
        REQUIRE(next.write(dir.path(), "http://127.0.0.1:2").ok());
        CHECK_FALSE(local.matches(LocalAccess::read(dir.path())->key));
    }
    auto gone = LocalAccess::read(dir.path());
    REQUIRE_FALSE(gone.ok());
    CHECK(gone.error().code == Code::not_found);
}

TEST_CASE("nothing is opened to other machines by accident") {
    const auto allowed = [](Exposure e) { return check_exposure(e).ok(); };
    const Listener here{.address = "127.0.0.1:1", .loopback = true};
    const Listener open{.address = "0.0.0.0:1"};
    const Listener tls{.address = "0.0.0.0:1", .tls = true};
    CHECK(allowed({.listeners = {here}}));
    CHECK(allowed({.listeners = {here}, .auth = false}));
    CHECK_FALSE(allowed({.listeners = {here, open}, .auth = false}));
    CHECK_FALSE(allowed({.listeners = {tls}, .auth = false, .has_keys = true, .allow_open = true}));
    CHECK_FALSE(allowed({.listeners = {here, open}}));
    CHECK(allowed({.listeners = {open}, .has_keys = true}));
    CHECK(allowed({.listeners = {open}, .allow_open = true}));
    CHECK(allowed({.listeners = {tls}}));
}
