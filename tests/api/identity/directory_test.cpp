#include "api/identity/identity_fixture.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::tests;

namespace {

std::string id_of(IdentityFixture& f, const std::string& name) {
    return f.accounts->index()->find("", name)->id;
}

}  // namespace

TEST_CASE("users, projects, roles and assignments are read by administrators, one's own by everybody") {
    IdentityFixture f;
    const std::string root = f.token("root", "secret-root"), ann = f.token("ann", "secret-ann"), v3 = "/identity/v3";
    for (const char* path : {"/users", "/projects", "/role_assignments"}) {
        CAPTURE(path);
        CHECK(f.call("GET", v3 + path, {{"x-auth-token", root}}).status == 200);
        CHECK(f.call("GET", v3 + path, {{"x-auth-token", ann}}).status == 403);
        CHECK(f.call("GET", v3 + path).status == 401);
    }
    const auto users = f.json(f.call("GET", v3 + "/users", {{"x-auth-token", root}})).get("users");
    REQUIRE(users.size() == 2);
    CHECK(users.at(0).string_or("name", "") == "ann");
    const std::string self = v3 + "/users/" + id_of(f, "ann");
    CHECK(f.json(f.call("GET", self, {{"x-auth-token", ann}})).get("user").string_or("name", "") == "ann");
    CHECK(f.call("GET", v3 + "/users/" + id_of(f, "root"), {{"x-auth-token", ann}}).status == 403);
    CHECK(f.json(f.call("GET", self + "/projects", {{"x-auth-token", ann}})).get("projects").size() == 2);
    CHECK(f.json(f.call("GET", v3 + "/auth/projects", {{"x-auth-token", ann}})).get("projects").size() == 2);
    CHECK(f.json(f.call("GET", v3 + "/role_assignments", {{"x-auth-token", root}})).get("role_assignments").size() ==
          3);
    CHECK(f.json(f.call("GET", v3 + "/projects", {{"x-auth-token", root}})).get("projects").size() == 3);
    CHECK(f.call("GET", v3 + "/domains/default", {{"x-auth-token", ann}}).status == 200);
    CHECK(f.call("GET", v3 + "/auth/catalog", {{"x-auth-token", ann}}).status == 200);
    // no hash leaves the house
    CHECK(f.call("GET", v3 + "/users", {{"x-auth-token", root}}).body.find("scrypt") == std::string::npos);
}

TEST_CASE("an application credential stands for its user in one project, with roles he has") {
    IdentityFixture f;
    const std::string ann = f.token("ann", "secret-ann", f.project("shop"));
    const std::string all = "/identity/v3/users/" + id_of(f, "ann") + "/application_credentials";
    const auto made =
        f.call("POST", all, {{"x-auth-token", ann}},
               R"({"application_credential":{"name":"agent","expires_at":"2023-11-14T22:30:00.000000"}})");
    REQUIRE(made.status == 201);
    const JsonView credential = f.json(made).get("application_credential");
    const std::string id = credential.string_or("id", ""), secret = credential.string_or("secret", "");
    CHECK(f.log->written().find(secret) == std::string::npos);
    const auto use = [&](const std::string& how, const std::string& scope = "") {
        return f.log_in(R"({"auth":{"identity":{"methods":["application_credential"],"application_credential":{)" +
                        how + "}}" + scope + "}}");
    };
    const auto by_id = use(R"("id":")" + id + R"(","secret":")" + secret + "\"");
    REQUIRE(by_id.status == 201);
    const std::string token = f.header(by_id, "X-Subject-Token");
    CHECK(f.who(token)->role == http::Role::editor);
    CHECK(f.who(token)->tenant == "shop");
    CHECK(use(R"("name":"agent","user":{"name":"ann","domain":{"id":"default"}},"secret":")" + secret + "\"").status ==
          201);
    CHECK(use(R"("id":")" + id + R"(","secret":"wrong")").status == 401);
    CHECK(use(R"("id":")" + id + R"(","secret":")" + secret + "\"", R"(,"scope":{"project":{"id":"till"}})").status ==
          401);
    // it makes no others, and the user's own list does not show its secret
    CHECK(f.call("POST", all, {{"x-auth-token", token}}, R"({"application_credential":{"name":"b"}})").status == 403);
    CHECK(f.call("POST", all, {{"x-auth-token", ann}}, R"({"application_credential":{"name":"agent"}})").status == 409);
    CHECK(f.call("POST", all, {{"x-auth-token", ann}},
                 R"({"application_credential":{"name":"c","roles":[{"name":"admin"}]}})")
              .status == 400);
    CHECK(f.json(f.call("GET", all, {{"x-auth-token", ann}})).get("application_credentials").size() == 1);
    f.clock.advance_ms(17 * 60'000);
    CHECK_FALSE(f.who(token).ok());
    CHECK(use(R"("id":")" + id + R"(","secret":")" + secret + "\"").status == 401);
    CHECK(f.call("DELETE", all + "/" + id, {{"x-auth-token", ann}}).status == 204);
    CHECK(f.call("GET", all + "/" + id, {{"x-auth-token", ann}}).status == 404);
}

TEST_CASE("one changes one's own password by the old one") {
    IdentityFixture f;
    const std::string path = "/identity/v3/users/" + id_of(f, "ann") + "/password";
    CHECK(f.call("POST", path, {}, R"({"user":{"original_password":"wrong","password":"longer-one"}})").status == 401);
    CHECK(f.call("POST", path, {}, R"({"user":{"original_password":"secret-ann","password":"short"}})").status == 400);
    CHECK(f.call("POST", path, {}, R"({"user":{"original_password":"secret-ann","password":"longer-one"}})").status ==
          204);
    CHECK(f.token("ann", "longer-one") != "");
}

TEST_CASE("users are added, changed, listed and removed by Belfry's own API") {
    IdentityFixture f;
    const std::string all = "/api/v1/belfry/users";
    CHECK(f.call("POST", all, {}, R"({"name":"bob","project":"shop","roles":["monasca-user"],"password":"secret-bob"})")
              .status == 200);
    CHECK(f.call("POST", all, {}, R"({"name":"bob","project":"shop","roles":["monasca-user"],"password":"secret-bob"})")
              .status == 409);
    CHECK(f.call("POST", all, {}, R"({"name":"b b","project":"shop","roles":["x"],"password":"secret-bob"})").status ==
          400);
    CHECK(f.call("POST", all, {}, R"({"name":"c","project":"shop","roles":["x"],"password":"short"})").status == 400);
    CHECK(f.call("POST", all, {}, R"({"name":"c","project":"a b","roles":["x"],"password":"long enough"})").status ==
          400);
    CHECK(f.call("POST", all, {}, R"({"name":"c","password":"long enough"})").status == 400);
    CHECK(f.call("POST", all, {}, "nonsense").status == 400);
    CHECK(f.json(f.call("GET", all)).get("users").size() == 3);
    CHECK(f.call("GET", all).body.find("scrypt") == std::string::npos);
    CHECK(f.call("PUT", all + "/bob", {}, R"({"enabled":false})").status == 200);
    CHECK(f.token("bob", "secret-bob").empty());
    CHECK(f.call("PUT", all + "/bob", {}, R"({"enabled":true,"projects":{"till":["admin"]}})").status == 200);
    CHECK(f.who(f.token("bob", "secret-bob"))->role == http::Role::admin);
    CHECK(f.call("PUT", all + "/zoe", {}, "{}").status == 404);
    CHECK(f.call("DELETE", all + "/bob").status == 204);
    CHECK(f.call("DELETE", all + "/bob").status == 404);
    CHECK(f.catalog->snapshot()->tenants.contains("till"));
    CHECK(f.log->written().find("secret-bob") == std::string::npos);
}

TEST_CASE("a session of an account has the roles which it has now, in a project of its own") {
    IdentityFixture f;
    const std::string secret = *f.sessions->begin("account:ann");
    const auto who = [&](const std::string& tenant) {
        http::Request request;
        request.headers.emplace("cookie", f.auth->cookie_name() + "=" + secret);
        if (!tenant.empty()) request.headers.emplace("x-scope-orgid", tenant);
        return *f.auth->authenticate(request);
    };
    CHECK(who("").role == http::Role::editor);
    CHECK(who("").tenant == "shop");
    CHECK(who("till").role == http::Role::read);
    CHECK(who("till").tenant == "till");
    CHECK(who("default").tenant == "shop");  // and the front door refuses the other name
    CHECK(who("").tenant_bound);
    f.clock.advance_ms(1);
    CHECK(f.call("PUT", "/api/v1/belfry/users/ann", {}, R"({"password":"another-one"})").status == 200);
    CHECK(who("").role == http::Role::none);
    CHECK(who("").session_id.empty());
}
