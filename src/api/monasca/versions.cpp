#include "api/monasca/monasca_api.h"
#include "api/monasca/page.h"

namespace belfry::api::monasca {
namespace {

constexpr std::string_view UPDATED = "2013-03-06T00:00:00.000Z";  // of version 2.0 of the API

void write_version(JsonWriter& json, std::string_view href) {
    json.begin_object().field("id", "v2.0");
    write_self_link(json, href);
    json.field("status", "CURRENT").field("updated", UPDATED).end_object();
}

std::string without_slash(std::string text) {
    while (text.ends_with('/'))
        text.pop_back();
    return text;
}

}  // namespace

MonascaApi::Answer MonascaApi::versions(const http::Request& request) const {
    JsonWriter json;
    json.begin_object();
    write_list_links(json, request, std::nullopt);
    json.key("elements").begin_array();
    write_version(json, without_slash(address_of(request)) + "/v2.0");
    return http::json_response(json.end_array().end_object().take());
}

MonascaApi::Answer MonascaApi::version(const http::Request& request) const {
    JsonWriter json;
    write_version(json, without_slash(address_of(request)));
    return http::json_response(json.take());
}

/// Monasca's names for what it stands on; here all of it is one process.
MonascaApi::Answer MonascaApi::health(const http::Request& request) const {
    const std::vector<std::string> reasons = parts_.not_ready();
    if (request.method == "HEAD") return http::empty_response(reasons.empty() ? 204 : 503);
    const std::string state = reasons.empty() ? "OK" : reasons.front();
    JsonWriter json;
    json.begin_object()
        .field("kafka", state)
        .field("alarms_database", state)
        .field("metrics_database", state)
        .end_object();
    http::Response out = http::json_response(json.take());
    out.status = reasons.empty() ? 200 : 503;
    return out;
}

}  // namespace belfry::api::monasca
