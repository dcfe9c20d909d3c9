#include "http/access.h"
#include "api/belfry/belfry_fixture.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::tests;

TEST_CASE("every resource is in this table with what it asks; a new one is added here deliberately") {
    BelfryFixture f;
    const std::map<std::string, http::Access> expected = {
        {"GET /api/v1/belfry/session", http::Access::open},
        {"POST /api/v1/belfry/login", http::Access::open},
        {"POST /api/v1/belfry/logout", http::Access::open},
        {"POST /api/v1/belfry/login_links", http::Access::change},
        {"GET /api/v1/belfry/frame", http::Access::read},
        {"GET /api/v1/belfry/host/live", http::Access::read},
        {"GET /api/v1/belfry/status", http::Access::read},
        {"GET /api/v1/belfry/receivers", http::Access::read},
        {"GET /api/v1/belfry/keys", http::Access::change},
        {"POST /api/v1/belfry/keys", http::Access::change},
        {"DELETE /api/v1/belfry/keys/:id", http::Access::change},
        {"GET /api/v1/belfry/dashboards", http::Access::read},
        {"POST /api/v1/belfry/dashboards", http::Access::change},
        {"GET /api/v1/belfry/dashboards/:id", http::Access::read},
        {"PUT /api/v1/belfry/dashboards/:id", http::Access::change},
        {"DELETE /api/v1/belfry/dashboards/:id", http::Access::change},
        {"GET /api/v1/belfry/dashboards/:id/export", http::Access::read},
        {"GET /api/v1/belfry/dashboards/:id/versions", http::Access::read},
        {"GET /api/v1/belfry/dashboards/:id/versions/:version", http::Access::read},
        {"GET /api/v1/belfry/alarms", http::Access::read},
        {"GET /api/v1/belfry/alarms/strips", http::Access::read},
        {"GET /api/v1/belfry/alarms/:id", http::Access::read},
        {"GET /api/v1/belfry/alarms/:id/history", http::Access::read},
        {"POST /api/v1/belfry/alarms/:id/ack", http::Access::edit},
        {"DELETE /api/v1/belfry/alarms/:id/ack", http::Access::edit},
        {"POST /api/v1/belfry/alarms/:id/mute", http::Access::edit},
        {"DELETE /api/v1/belfry/alarms/:id/mute", http::Access::edit},
        {"DELETE /api/v1/belfry/alarms/:id", http::Access::edit},
        {"GET /api/v1/belfry/alarm-definitions", http::Access::read},
        {"POST /api/v1/belfry/alarm-definitions", http::Access::edit},
        {"GET /api/v1/belfry/alarm-definitions/:id", http::Access::read},
        {"PUT /api/v1/belfry/alarm-definitions/:id", http::Access::edit},
        {"DELETE /api/v1/belfry/alarm-definitions/:id", http::Access::edit},
        {"POST /api/v1/belfry/alarm-definitions/check", http::Access::read},
        {"GET /api/v1/belfry/demo", http::Access::read},
        {"POST /api/v1/belfry/demo", http::Access::change},
        {"DELETE /api/v1/belfry/demo", http::Access::change},
    };
    std::map<std::string, http::Access> found;
    for (const http::Route& route : f.router.routes())
        found[route.method + " " + route.pattern] = route.access;
    CHECK(found == expected);
}

TEST_CASE("every resource against every role, from here and from elsewhere") {
    BelfryFixture f;
    const http::AccessPolicy policy;
    for (const http::Route& route : f.router.routes()) {
        for (const http::Role role : {http::Role::none, http::Role::ingest, http::Role::read, http::Role::editor, http::Role::admin}) {
            for (const bool loopback : {false, true}) {
                CAPTURE(route.pattern);
                CAPTURE(static_cast<int>(role));
                CAPTURE(loopback);
                const bool allowed =
                    authorise(route.access, {.role = role, .loopback = loopback}, policy) == http::Verdict::allowed;
                const bool reads = role == http::Role::read || role == http::Role::editor || loopback;
                const bool wanted = route.access == http::Access::open || role == http::Role::admin ||
                                    (route.access == http::Access::read && reads) ||
                                    (route.access == http::Access::edit && role == http::Role::editor);
                CHECK(allowed == wanted);
            }
        }
    }
}
