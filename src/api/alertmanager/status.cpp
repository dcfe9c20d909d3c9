#include "api/alertmanager/alertmanager_api.h"
#include "base/version.h"
#include "notify/matchers.h"

namespace belfry::api {

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
    json.key(name).begin_array();
    for (const std::string& text : texts)
        json.string(text);
    json.end_array();
}

Result<model::Matchers> filter_of(const http::Request& request) {
    model::Matchers out;
    for (const std::string& text : request.query.all("filter")) {
        const model::Matchers one = TRY(notify::parse_matchers(text).context("filter"));
        out.insert(out.end(), one.begin(), one.end());
    }
    return out;
}

void add_alertmanager_status_routes(http::Router& router, const std::string& base, const AlertmanagerParts& parts) {
    const std::string start = notify::rfc3339(parts.clock.now_ms());
    router.add("GET", base + "/status", http::Access::read, [parts, start](const http::Request& request) {
        const std::string& tenant = request.identity.tenant;
        const auto snapshot = parts.catalog.snapshot();
        const catalog::Document* routing = snapshot->document(catalog::ROUTING, tenant, tenant);
        JsonWriter json;
        json.begin_object().key("cluster").begin_object().field("name", "belfry").field("status", "ready");
        json.key("peers").begin_array().end_array().end_object();
        json.key("config").begin_object().field("original", routing ? notify::routing_yaml(*routing) : "").end_object();
        json.field("uptime", start).key("versionInfo").begin_object().field("branch", "").field("buildDate", "");
        json.field("buildUser", "").field("goVersion", "").field("revision", "").field("version", VERSION);
        json.end_object().end_object();
        return http::json_response(json.take());
    });
    router.add("GET", base + "/receivers", http::Access::read, [parts](const http::Request& request) {
        JsonWriter json;
        json.begin_array();
        const auto methods = parts.catalog.snapshot()->documents(catalog::NOTIFICATION_METHOD);
        for (const auto& [id, document] : *methods)
            if (document->tenant == request.identity.tenant)
                json.begin_object().field("name", document->name).end_object();
        json.end_array();
        return http::json_response(json.take());
    });
}

void add_alertmanager_routes(http::Router& router, const AlertmanagerParts& parts) {
    for (const std::string base : {"/api/v2", "/alertmanager/api/v2"}) {
        add_alert_routes(router, base, parts);
        add_alertmanager_silence_routes(router, base, parts);
        add_alertmanager_status_routes(router, base, parts);
    }
}

}  // namespace belfry::api
