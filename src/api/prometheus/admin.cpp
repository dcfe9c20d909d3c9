#include "api/prometheus/admin.h"

#include "api/prometheus/params.h"
#include "api/prometheus/render.h"
#include "base/json.h"

namespace belfry::api {
namespace {

using Answer = Result<http::Response>;

Answer delete_series(StoreControl& control, const http::Request& request) {
    const std::vector<model::Matchers> selectors = TRY(match_params(request));
    if (selectors.empty()) return make_error(Code::invalid, "no match[] parameter provided");
    const model::TimeRange range = TRY(range_params(request));
    if (range.from_ms >= range.to_ms) return make_error(Code::invalid, "end timestamp must not be before start time");
    for (const model::Matchers& matchers : selectors)
        TRY(control.erase(request.identity.tenant, matchers, range));
    return http::empty_response();
}

Answer clean_tombstones(StoreControl& control, const http::Request&) {
    control.clean_tombstones();
    return http::empty_response();
}

Answer make_snapshot(StoreControl& control, const http::Request& request) {
    const std::string skip = request.param("skip_head").value_or("false");
    if (skip != "true" && skip != "false" && skip != "1" && skip != "0")
        return make_error(Code::invalid, "unable to parse boolean 'skip_head' argument: {}", skip);
    JsonWriter json;
    json.begin_object().field("name", TRY(control.make_snapshot(skip == "false" || skip == "0"))).end_object();
    return success(json.text());
}

Answer list_snapshots(StoreControl& control, const http::Request&) {
    JsonWriter json;
    json.begin_object().key("snapshots").begin_array();
    for (const SnapshotEntry& entry : TRY(control.snapshots()))
        json.begin_object().field("name", entry.name).field("bytes", entry.bytes).end_object();
    json.end_array().end_object();
    return http::json_response(json.take());
}

Answer remove_snapshot(StoreControl& control, const http::Request& request) {
    const auto name = request.path_params.find("name");
    TRY(control.remove_snapshot(name == request.path_params.end() ? "" : name->second));
    return http::empty_response();
}

Answer backup(StoreControl& control, const http::Request&) {
    auto response = TRY(http::long_response("application/x-tar", TRY(control.backup())));
    response.set_header("Content-Disposition", "attachment; filename=\"belfry-backup.tar\"");
    response.set_header("Cache-Control", "no-store");
    return response;
}

}  // namespace

void add_store_admin_routes(http::Router& router, StoreControl& control) {
    const auto add = [&](std::string method, std::string path, auto handler) {
        router.add(std::move(method), std::move(path), http::Access::change,
                   [&control, handler](const http::Request& request) {
                       auto answer = handler(control, request);
                       return answer ? std::move(*answer) : query_error(answer.error());
                   });
    };
    for (const std::string prefix : {"/api/v1", "/prometheus/api/v1"}) {
        for (const std::string method : {"POST", "PUT"}) {
            add(method, prefix + "/admin/tsdb/delete_series", delete_series);
            add(method, prefix + "/admin/tsdb/clean_tombstones", clean_tombstones);
            add(method, prefix + "/admin/tsdb/snapshot", make_snapshot);
        }
    }
    add("GET", "/api/v1/belfry/snapshots", list_snapshots);
    add("DELETE", "/api/v1/belfry/snapshots/:name", remove_snapshot);
    // no telemetry: who reads it could read keys' hashes
    add("GET", "/api/v1/belfry/backup", backup);
}

}  // namespace belfry::api
