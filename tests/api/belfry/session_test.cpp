#include "api/belfry/belfry_fixture.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::tests;

namespace {

http::Request anonymous(std::string body = "", bool loopback = true) {
    http::Request request;
    request.identity.loopback = loopback;
    request.body = std::move(body);
    return request;
}

std::string login_body(BelfryFixture& f) {
    return fmt::format(R"({{"token":"{}"}})", *f.sessions->make_login_token("admin"));
}

}  // namespace

TEST_CASE("login spends the token, sets a strict cookie and shows the session") {
    BelfryFixture f;
    const std::string body = login_body(f);
    const http::Response response = f.call("POST", "/api/v1/belfry/login", anonymous(body));
    REQUIRE(response.status == 200);
    const std::string cookie = BelfryFixture::header(response, "Set-Cookie");
    CHECK(cookie.starts_with(f.authenticator.cookie_name() + "="));
    for (const char* word : {"; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age="})
        CHECK(cookie.find(word) != std::string::npos);
    CHECK(BelfryFixture::header(response, "Cache-Control") == "no-store");
    CHECK(BelfryFixture::header(response, "Location").empty());
    const JsonView json = BelfryFixture::json(response);
    CHECK(json.bool_or("authenticated", false));
    CHECK(json.string_or("user", "") == "admin");
    CHECK(json.string_or("csrf", "").size() == 64);

    http::Request next = anonymous();
    next.headers["cookie"] = cookie.substr(0, cookie.find(';'));
    next.identity = *f.authenticator.authenticate(next);
    const JsonView again = BelfryFixture::json(f.call("GET", "/api/v1/belfry/session", next));
    CHECK(again.string_or("csrf", "x") == json.string_or("csrf", "y"));
    CHECK(f.call("POST", "/api/v1/belfry/login", anonymous(body)).status == 401);
}

TEST_CASE("a wrong, empty or malformed login is refused and goes nowhere") {
    BelfryFixture f;
    for (const char* body : {R"({"token":""})", R"({"token":"wrong"})", "{}", R"({"token":null})", R"({"token":7})"}) {
        const http::Response response = f.call("POST", "/api/v1/belfry/login", anonymous(body));
        CHECK(response.status == 401);
        CHECK(BelfryFixture::header(response, "Set-Cookie").empty());
    }
    for (const char* body : {"", "[]", "token=x"})
        CHECK(f.call("POST", "/api/v1/belfry/login", anonymous(body)).status == 400);
    http::Request elsewhere = anonymous(login_body(f));
    elsewhere.query.add("next", "https://evil.example/");
    CHECK(BelfryFixture::header(f.call("POST", "/api/v1/belfry/login", elsewhere), "Location").empty());
}

TEST_CASE("logout ends the session of its cookie") {
    BelfryFixture f;
    const std::string secret = *f.sessions->login(*f.sessions->make_login_token("admin"));
    http::Request request = anonymous();
    request.headers["cookie"] = f.authenticator.cookie_name() + "=" + secret;
    const http::Response response = f.call("POST", "/api/v1/belfry/logout", request);
    CHECK(response.status == 204);
    CHECK(BelfryFixture::header(response, "Set-Cookie").find("Max-Age=0") != std::string::npos);
    CHECK_FALSE(f.sessions->find(secret));
    CHECK(f.call("POST", "/api/v1/belfry/logout", anonymous()).status == 204);
}

TEST_CASE("a session without login tells what may be done") {
    BelfryFixture f;
    const JsonView here = BelfryFixture::json(f.call("GET", "/api/v1/belfry/session", anonymous()));
    CHECK_FALSE(here.bool_or("authenticated", true));
    CHECK(here.get("csrf").is_null());
    CHECK(here.bool_or("anonymous_read", false));
    CHECK_FALSE(BelfryFixture::json(f.call("GET", "/api/v1/belfry/session", anonymous("", false)))
                    .bool_or("anonymous_read", true));
}

TEST_CASE("with auth off everybody here is an admin without a cookie, and nobody elsewhere") {
    BelfryFixture f({.mode = "off"});
    const JsonView here = BelfryFixture::json(f.call("GET", "/api/v1/belfry/session", anonymous()));
    CHECK(here.string_or("role", "") == "admin");
    CHECK(here.string_or("auth", "") == "off");
    CHECK(BelfryFixture::json(f.call("GET", "/api/v1/belfry/session", anonymous("", false))).string_or("role", "") ==
          "none");
    CHECK(BelfryFixture::header(f.call("POST", "/api/v1/belfry/login", anonymous("{}")), "Set-Cookie").empty());
    CHECK(f.call("POST", "/api/v1/belfry/login_links").body == "{}");
}

TEST_CASE("a login link can be asked for by an admin and works") {
    BelfryFixture f;
    const JsonView link = BelfryFixture::json(f.call("POST", "/api/v1/belfry/login_links"));
    CHECK(link.int_or("expires_ms", 0) > BELFRY_NOW_MS);
    CHECK(f.sessions->login(link.string_or("token", "")).ok());
}
