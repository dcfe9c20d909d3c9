// The made-up fleet: is it there, start it, remove it.
#include "api/belfry/routes.h"
#include "base/json.h"

namespace belfry::api {
namespace {

http::Response state_answer(const DemoControl& demo) {
    const DemoState state = demo.state();
    JsonWriter json;
    json.begin_object().field("running", state.running).field("series", state.series).key("since_ms");
    if (state.since_ms)
        json.integer(*state.since_ms);
    else
        json.null();
    json.end_object();
    return http::json_response(json.take());
}

}  // namespace

void add_demo_routes(http::Router& router, const BelfryParts& parts) {
    DemoControl& demo = parts.demo;
    router.add("GET", "/api/v1/belfry/demo", http::Access::read,
               [&demo](const http::Request&) { return state_answer(demo); });
    router.add("POST", "/api/v1/belfry/demo", http::Access::change, [&demo](const http::Request& request) {
        auto started = demo.start(request.identity.user);
        return started.ok() ? state_answer(demo) : http::error_response(started.error());
    });
    router.add("DELETE", "/api/v1/belfry/demo", http::Access::change, [&demo](const http::Request& request) {
        auto removed = demo.remove(request.identity.user);
        return removed.ok() ? state_answer(demo) : http::error_response(removed.error());
    });
}

}  // namespace belfry::api
