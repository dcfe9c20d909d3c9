#include "http/access.h"
#include "http/dispatcher.h"
#include "http/host_policy.h"
#include "http/message.h"
#include "support/http_fixture.h"

#include <doctest/doctest.h>

namespace belfry::http {
namespace {

using tests::HttpFixture;

Identity who(Role role, bool loopback) {
    Identity out;
    out.role = role;
    out.loopback = loopback;
    return out;
}

void add_all(HttpFixture& f) {
    const auto tell = [](const Request& r) { return json_response(r.identity.tenant); };
    f.router.add("GET", "/open", Access::open, tell);
    f.router.add("POST", "/ingest", Access::ingest, tell);
    f.router.add("GET", "/read", Access::read, tell);
    f.router.add("POST", "/change", Access::change, tell);
    f.router.add("GET", "/secret", Access::change, tell);
    f.authenticator.keys["k_ingest"] = who(Role::ingest, false);
    f.authenticator.keys["k_read"] = who(Role::read, false);
    f.authenticator.keys["k_admin"] = who(Role::admin, false);
    Identity bound = who(Role::read, false);
    bound.tenant = "acme";
    bound.tenant_bound = true;
    f.authenticator.keys["k_acme"] = bound;
}

TEST_CASE("every access and role, from here and from elsewhere") {
    const AccessPolicy policy;
    using V = Verdict;
    struct Row {
        Access access;
        V none, ingest, read, admin, none_here, ingest_here, read_here;
    };
    const Row rows[] = {
        {Access::open, V::allowed, V::allowed, V::allowed, V::allowed, V::allowed, V::allowed, V::allowed},
        {Access::ingest, V::needs_login, V::allowed, V::forbidden, V::allowed, V::allowed, V::allowed, V::allowed},
        {Access::read, V::needs_login, V::forbidden, V::allowed, V::allowed, V::allowed, V::allowed, V::allowed},
        {Access::change, V::needs_login, V::forbidden, V::forbidden, V::allowed, V::needs_login, V::forbidden,
         V::forbidden},
    };
    for (const Row& row : rows) {
        CHECK(authorise(row.access, who(Role::none, false), policy) == row.none);
        CHECK(authorise(row.access, who(Role::ingest, false), policy) == row.ingest);
        CHECK(authorise(row.access, who(Role::read, false), policy) == row.read);
        CHECK(authorise(row.access, who(Role::admin, false), policy) == row.admin);
        CHECK(authorise(row.access, who(Role::none, true), policy) == row.none_here);
        CHECK(authorise(row.access, who(Role::ingest, true), policy) == row.ingest_here);
        CHECK(authorise(row.access, who(Role::read, true), policy) == row.read_here);
        CHECK(authorise(row.access, who(Role::admin, true), policy) == V::allowed);
    }
    const AccessPolicy strict{.auth_off = false, .loopback_reads = false, .loopback_ingests = false};
    CHECK(authorise(Access::read, who(Role::none, true), strict) == V::needs_login);
    CHECK(authorise(Access::ingest, who(Role::none, true), strict) == V::needs_login);
    const AccessPolicy off{.auth_off = true};
    CHECK(authorise(Access::change, who(Role::none, true), off) == V::allowed);
    CHECK(authorise(Access::change, who(Role::none, false), off) == V::needs_login);
}

TEST_CASE("keys open what their role may, and a wrong key nothing") {
    HttpFixture f;
    add_all(f);
    f.start();
    CHECK(f.get("/open").status == 200);
    CHECK(f.get("/read").status == 200);
    CHECK(f.post("/ingest", "x").status == 200);
    CHECK(f.post("/change", "x").status == 401);
    CHECK(f.get("/secret").status == 401);
    CHECK(f.post("/change", "x", "Authorization: Bearer k_read\r\n").status == 403);
    CHECK(f.post("/change", "x", "Authorization: Bearer k_admin\r\n").status == 200);
    for (const char* wrong : {"Bearer nope", "Bearer ", "Bearer", "Basic eDp5", "k_admin"}) {
        const std::string header = fmt::format("Authorization: {}\r\n", wrong);
        CHECK(f.get("/read", header).status == 401);
        CHECK(f.post("/change", "x", header).status == 401);
        CHECK(f.get("/open", header).status == 200);
    }
}

TEST_CASE("what exists is not told to those who may not read") {
    HttpFixture f;
    add_all(f);
    f.policy.loopback_reads = false;
    f.start();
    CHECK(f.get("/nothing").status == 401);
    CHECK(f.get("/change").status == 401);
    CHECK(f.get("/nothing", "Authorization: Bearer k_read\r\n").status == 404);
    CHECK(f.get("/change", "Authorization: Bearer k_read\r\n").status == 405);
}

TEST_CASE("a cookie session changes things only with its own CSRF token") {
    HttpFixture f;
    add_all(f);
    f.start();
    const std::string cookie = "Cookie: a=b; session=k_admin\r\n";
    CHECK(f.post("/change", "x", cookie).status == 403);
    CHECK(f.post("/change", "x", cookie + "X-Belfry-Csrf: nimda\r\n").status == 403);
    CHECK(f.post("/change", "x", cookie + "X-Belfry-Csrf: nimda_k\r\n").status == 200);
    CHECK(f.get("/secret", cookie).status == 200);
    CHECK(f.post("/change", "x", "Cookie: session=ended\r\n").status == 401);
    CHECK(f.get("/read", "Cookie: session=ended\r\n").status == 200);
}

TEST_CASE("a name that was made to point here is not served") {
    HttpFixture f;
    f.config.hosts = {"tower.example"};
    add_all(f);
    f.start();
    const auto status = [&](const std::string& host) {
        return f.client().ask("GET /read HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status;
    };
    for (const char* host : {"localhost", "LocalHost:2353", "127.0.0.1", "127.0.0.1:99", "[::1]:2353", "192.168.1.5:80",
                             "tower.example", "Tower.Example.:1"})
        CHECK(status(host) == 200);
    for (const char* host : {"evil.example", "localhost.evil.example", "evil-localhost", "127.0.0.1.evil.example",
                             "tower.example.evil", "[::1", "1"})
        CHECK(status(host) == 403);
}

TEST_CASE("a page of another site can change and write nothing") {
    HttpFixture f;
    add_all(f);
    f.start();
    const auto status = [&](const std::string& headers) { return f.post("/ingest", "x", headers).status; };
    CHECK(status("Origin: http://localhost\r\n") == 200);
    CHECK(status("Origin: http://localhost:80\r\n") == 200);
    for (const char* origin : {"http://evil.example", "null", "http://localhost:8080", "http://localhost.evil",
                               "localhost", "", "file://"}) {
        INFO(origin);
        CHECK(status(fmt::format("Origin: {}\r\n", origin)) == (*origin == '\0' ? 200 : 403));
    }
    CHECK(status("Sec-Fetch-Site: cross-site\r\n") == 403);
    CHECK(status("Sec-Fetch-Site: same-origin\r\n") == 200);
    const auto preflight = f.client().ask(
        "OPTIONS /change HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: "
        "POST\r\n\r\n");
    CHECK(preflight.status == 405);
    for (const auto& [name, value] : f.get("/read", "Origin: http://evil.example\r\n").headers)
        CHECK(!name.starts_with("access-control"));
}

TEST_CASE("a tenant is a plain name, and a key's tenant is not chosen by the request") {
    HttpFixture f;
    add_all(f);
    f.start();
    CHECK(f.get("/read").body == "default");
    CHECK(f.get("/read", "X-Scope-OrgID: team-a_1.x\r\n").body == "team-a_1.x");
    for (const std::string& bad :
         {std::string("a|b"), std::string("a/b"), std::string(65, 'a'), std::string("a b"), std::string("\xc3\xa4")}) {
        CHECK(f.get("/read", "X-Scope-OrgID: " + bad + "\r\n").status == 400);
    }
    CHECK(f.get("/read", "X-Scope-OrgID: a\r\nX-Scope-OrgID: b\r\n").status == 400);
    CHECK(f.get("/read", "Authorization: Bearer k_acme\r\n").body == "acme");
    CHECK(f.get("/read", "Authorization: Bearer k_acme\r\nX-Scope-OrgID: acme\r\n").body == "acme");
    CHECK(f.get("/read", "Authorization: Bearer k_acme\r\nX-Scope-OrgID: default\r\n").status == 403);
}

TEST_CASE("auth off is refused beyond loopback") {
    HttpFixture f;
    f.policy.auth_off = true;
    add_all(f);
    f.start();
    CHECK(f.post("/change", "x").status == 200);
    CHECK(f.post("/change", "x", "Origin: http://evil.example\r\n").status == 403);
    const auto open = f.server().open({"all", {"0.0.0.0", 0}, ""});
    REQUIRE(!open.ok());
    CHECK(open.error().message.find("loopback") != std::string::npos);
}

TEST_CASE("a line break in a handler's header splits no response") {
    HttpFixture f;
    f.router.add("GET", "/split", Access::open, [](const Request&) {
        Response out = json_response("{}");
        out.set_header("X-Name", "a\r\nSet-Cookie: stolen=1");
        return out;
    });
    f.start();
    const auto got = f.get("/split");
    CHECK(got.status == 200);
    CHECK(!got.headers.contains("set-cookie"));
}

}  // namespace
}  // namespace belfry::http
