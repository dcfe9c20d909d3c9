#include "support/http_fixture.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::tests;

TEST_CASE("what a proxy on this machine passes on needs a key like everything from elsewhere") {
    HttpFixture f;
    f.router.add("GET", "/read", http::Access::read, [](const http::Request&) { return http::json_response("{}"); });
    f.authenticator.keys["k"] = {.role = http::Role::read};
    f.start();
    CHECK(f.get("/read").status == 200);
    for (const char* header : {"X-Forwarded-For: 10.0.0.1\r\n", "Forwarded: for=10.0.0.1\r\n",
                               "X-Real-IP: 10.0.0.1\r\n", "Via: 1.1 p\r\n"}) {
        CHECK(f.get("/read", header).status == 401);
        CHECK(f.get("/read", std::string(header) + "Authorization: Bearer k\r\n").status == 200);
    }
}
