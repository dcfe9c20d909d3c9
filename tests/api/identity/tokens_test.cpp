#include "api/identity/identity_fixture.h"

#include "api/identity/stats.h"
#include "api/identity/token_cache.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::tests;

TEST_CASE("discovery names an address that the client can reach") {
    IdentityFixture f;
    const auto all = f.call("GET", "/identity");
    CHECK(all.status == 300);
    const JsonView first = f.json(all).get("versions").get("values").at(0);
    CHECK(first.string_or("id", "") == "v3.14");
    CHECK(first.get("links").at(0).string_or("href", "") == "http://tower:2353/identity/v3/");
    const auto one = f.call("GET", "/identity/v3", {{"host", "127.0.0.1:5000"}, {"x-forwarded-proto", "https"}});
    CHECK(one.status == 200);
    CHECK(f.json(one).get("version").get("links").at(0).string_or("href", "") == "https://127.0.0.1:5000/identity/v3/");
}

TEST_CASE("a password in a project gives a token with roles and catalogue") {
    IdentityFixture f;
    const auto made = f.log_in(f.password_body("ann", "secret-ann", f.project("shop")));
    REQUIRE(made.status == 201);
    const JsonView token = f.json(made).get("token");
    CHECK(token.get("user").string_or("name", "") == "ann");
    CHECK(token.get("project").string_or("id", "") == "shop");
    CHECK(token.get("roles").size() == 1);
    CHECK(token.get("roles").at(0).string_or("name", "") == "monasca-user");
    CHECK(token.string_or("issued_at", "") == "2023-11-14T22:13:20.000000Z");
    CHECK(token.string_or("expires_at", "") == "2023-11-14T23:13:20.000000Z");
    CHECK(token.get("catalog").at(0).string_or("type", "") == "monitoring");
    CHECK(token.get("catalog").at(0).get("endpoints").at(0).string_or("url", "") == "http://tower:2353/monasca/v2.0");
    CHECK(token.get("catalog").at(1).string_or("type", "") == "identity");

    const auto who = f.who(f.header(made, "X-Subject-Token"));
    REQUIRE(who.ok());
    CHECK(who->role == http::Role::editor);
    CHECK(who->tenant == "shop");
    CHECK(who->tenant_bound);
    CHECK(who->user == "ann");
    CHECK(who->roles == std::vector<std::string>{"monasca-user"});
}

TEST_CASE("without a scope the token is of the first project; unscoped it may do nothing") {
    IdentityFixture f;
    CHECK(f.who(f.token("ann", "secret-ann"))->tenant == "shop");
    const auto unscoped = f.log_in(f.password_body("ann", "secret-ann", R"("unscoped")"));
    CHECK(unscoped.status == 201);
    CHECK_FALSE(f.json(unscoped).get("token").has("catalog"));
    CHECK(f.who(f.header(unscoped, "X-Subject-Token"))->role == http::Role::none);
}

TEST_CASE("wrong passwords, users, domains and projects are a 401 in Keystone's words") {
    IdentityFixture f;
    for (const std::string& body :
         {f.password_body("ann", "wrong"), f.password_body("nobody", "secret-ann"),
          f.password_body("ann", "secret-ann", f.project("other")),
          f.password_body("ann", "secret-ann", R"({"domain":{"id":"default"}})"),
          std::string(R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"ann",)"
                      R"("password":"secret-ann","domain":{"name":"elsewhere"}}}}}})"),
          std::string(R"({"auth":{"identity":{"methods":["token"],"token":{"id":"bt1_x"}}}})")}) {
        CAPTURE(body);
        const auto answer = f.log_in(body);
        CHECK(answer.status == 401);
        CHECK(f.json(answer).get("error").int_or("code", 0) == 401);
        CHECK(f.json(answer).get("error").string_or("title", "") == "Unauthorized");
    }
    for (const char* body : {"", "[]", "{}", R"({"auth":{"identity":{"methods":["saml"]}}})",
                             R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"ann"}}}}})"}) {
        CAPTURE(body);
        CHECK(f.log_in(body).status == 400);
    }
    CHECK(f.log_in(std::string(100'000, ' ')).status == 413);
    f.ready = false;
    CHECK(f.log_in(f.password_body("ann", "secret-ann")).status == 503);
}

TEST_CASE("a domain scope is for administrators") {
    IdentityFixture f;
    const auto who = f.who(f.token("root", "secret-root", R"({"domain":{"name":"default"}})"));
    REQUIRE(who.ok());
    CHECK(who->role == http::Role::admin);
    CHECK_FALSE(who->tenant_bound);
}

TEST_CASE("roles decide what may be done") {
    IdentityFixture f;
    const auto identity = [&](std::vector<std::string> roles) {
        http::Identity out;
        f.service->describe(roles, out);
        return out;
    };
    CHECK(identity({"monasca-agent"}).role == http::Role::ingest);
    CHECK(identity({"monasca-read-only-user"}).role == http::Role::read);
    CHECK_FALSE(identity({"monasca-read-only-user"}).also_ingests);
    CHECK(identity({"monasca-read-only-user", "monasca-agent"}).also_ingests);
    CHECK(identity({"monasca-user"}).role == http::Role::editor);
    CHECK(identity({"monasca-user"}).tenant_bound);
    CHECK_FALSE(identity({"monasca-user", "delegate"}).tenant_bound);
    CHECK(identity({"admin"}).role == http::Role::admin);
    CHECK(identity({"member"}).role == http::Role::none);
}

TEST_CASE("a token ends by itself, by revocation across a restart, with a new password, and with its user") {
    IdentityFixture f;
    const std::string token = f.token("ann", "secret-ann"), second = f.token("ann", "secret-ann");
    f.open();
    REQUIRE(f.who(token).ok());
    const auto seen = f.call("GET", "/identity/v3/auth/tokens", {{"x-auth-token", second}, {"x-subject-token", token}});
    CHECK(seen.status == 200);
    CHECK(f.json(seen).get("token").get("user").string_or("name", "") == "ann");
    CHECK(f.call("DELETE", "/identity/v3/auth/tokens", {{"x-auth-token", token}, {"x-subject-token", token}}).status ==
          204);
    CHECK_FALSE(f.who(token).ok());
    f.open();
    CHECK_FALSE(f.who(token).ok());
    CHECK(f.call("GET", "/identity/v3/auth/tokens", {{"x-auth-token", second}, {"x-subject-token", token}}).status ==
          404);
    CHECK(f.who(second).ok());
    f.clock.advance_ms(1);
    CHECK(f.call("PUT", "/api/v1/belfry/users/ann", {}, R"({"password":"another-one"})").status == 200);
    CHECK_FALSE(f.who(second).ok());
    CHECK(f.token("ann", "secret-ann").empty());
    const std::string third = f.token("ann", "another-one");
    CHECK(f.who(third).ok());
    f.clock.advance_ms(f.config.token_life_ms - 1);
    CHECK(f.who(third).ok());
    f.clock.advance_ms(1);
    CHECK_FALSE(f.who(third).ok());
    const std::string fourth = f.token("ann", "another-one");
    CHECK(f.call("DELETE", "/api/v1/belfry/users/ann").status == 204);
    CHECK_FALSE(f.who(fourth).ok());
}

TEST_CASE("a change of roles counts for tokens that are out") {
    IdentityFixture f;
    const std::string token = f.token("ann", "secret-ann", f.project("shop"));
    CHECK(f.call("PUT", "/api/v1/belfry/users/ann", {}, R"({"project":"shop","roles":["monasca-agent"]})").status ==
          200);
    CHECK(f.who(token)->role == http::Role::ingest);
    CHECK(f.call("PUT", "/api/v1/belfry/users/ann", {}, R"({"project":"shop","roles":[]})").status == 200);
    CHECK_FALSE(f.who(token).ok());
}

TEST_CASE("an altered token is refused wherever it is altered") {
    IdentityFixture f;
    const std::string token = f.token("ann", "secret-ann");
    for (size_t i = 0; i < token.size(); ++i) {
        std::string bad = token;
        bad[i] = bad[i] == 'a' ? 'b' : 'a';
        CAPTURE(i);
        CHECK_FALSE(f.who(bad).ok());
        CHECK_FALSE(f.service->check(token.substr(0, i)).ok());
    }
    CHECK_FALSE(api::TokenKey("another key of another directory").read(token).ok());
}

TEST_CASE("a token makes another one for another project, which lives no longer") {
    IdentityFixture f;
    const std::string token = f.token("ann", "secret-ann");
    f.clock.advance_ms(60'000);
    const auto made = f.log_in(R"({"auth":{"identity":{"methods":["token"],"token":{"id":")" + token +
                               R"("}},"scope":)" + f.project("till") + "}}");
    REQUIRE(made.status == 201);
    CHECK(f.json(made).get("token").string_or("expires_at", "") == "2023-11-14T23:13:20.000000Z");
    CHECK(f.who(f.header(made, "X-Subject-Token"))->role == http::Role::read);
}

TEST_CASE("only the holder and administrators may ask about a token") {
    IdentityFixture f;
    const std::string ann = f.token("ann", "secret-ann"), root = f.token("root", "secret-root");
    const auto ask = [&](const std::string& by, const std::string& about) {
        return f.call("GET", "/identity/v3/auth/tokens", {{"x-auth-token", by}, {"x-subject-token", about}}).status;
    };
    CHECK(ask(root, ann) == 200);
    CHECK(ask(ann, root) == 403);
    CHECK(ask("", ann) == 401);
    CHECK(ask("bt1_", ann) == 401);
    CHECK(ask(ann, "nonsense") == 404);
}

TEST_CASE("passwords cannot be tried out, and another address is not hindered") {
    IdentityFixture f;
    for (uint32_t i = 0; i < f.config.login_failures_max; ++i)
        CHECK(f.log_in(f.password_body("ann", "wrong")).status == 401);
    const auto limited = f.log_in(f.password_body("ann", "secret-ann"));
    CHECK(limited.status == 429);
    CHECK(limited.body.find("identity.login_failures_max") != std::string::npos);
    CHECK(f.token("root", "secret-root") != "");
    CHECK(f.service->log_in({.id = {}, .name = "ann", .domain_id = {}, .domain_name = {}}, "secret-ann", "192.0.2.8")
              .ok());
    f.clock.advance_ms(60'000);
    CHECK(f.token("ann", "secret-ann") != "");
}

TEST_CASE("a key of Belfry's works as a token") {
    IdentityFixture f;
    const auto key = f.changes->create_key(
        {.name = "k", .tenant = "shop", .scope = catalog::Scope::ingest, .expires_ms = std::nullopt, .by = "t"});
    const auto who = f.who(key->text);
    REQUIRE(who.ok());
    CHECK(who->role == http::Role::ingest);
    CHECK(who->tenant == "shop");
    CHECK_FALSE(f.who("bf_i_nonsense").ok());
}

TEST_CASE("a checked token is remembered until something changes that it depends on") {
    IdentityFixture f;
    const std::string token = f.token("ann", "secret-ann", f.project("shop"));
    REQUIRE(f.who(token).ok());
    const uint64_t before = api::identity_tokens_remembered_total.value();
    CHECK(f.who(token)->tenant == "shop");
    CHECK(f.who(token)->role == http::Role::editor);
    CHECK(api::identity_tokens_remembered_total.value() == before + 2);
    f.add("bob", "secret-bob", {{"shop", {"monasca-user"}}});
    CHECK(f.who(token).ok());
    CHECK(api::identity_tokens_remembered_total.value() == before + 2);
    f.clock.advance_ms(f.config.token_life_ms);
    CHECK_FALSE(f.who(token).ok());
}

TEST_CASE("of remembered tokens those used longest ago make room") {
    api::TokenCache cache(4);
    const api::AccountState state{std::make_shared<const catalog::Documents>(), nullptr, nullptr};
    const auto key = [](int n) { return catalog::digest(std::to_string(n)); };
    const auto has = [&](int n) { return cache.find(key(n), state, 0) != nullptr; };
    api::Grant grant;
    grant.expires_ms = 10;
    const auto put = [&](int n) { cache.put(key(n), state, std::make_shared<const api::Grant>(grant)); };
    put(0), put(1), put(2);
    CHECK((has(0) && has(2)));  // 0 is used, and so young again
    put(3), put(4);
    CHECK_FALSE(has(1));
    CHECK(has(4));
    CHECK(cache.find(key(4), state, 10) == nullptr);
    CHECK(cache.find(key(4), {std::make_shared<const catalog::Documents>(), nullptr, nullptr}, 0) == nullptr);
}
