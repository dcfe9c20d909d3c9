// Routing: Alertmanager's route, inhibit_rules and time_intervals as YAML; receivers are names of notification methods.
#include "api/belfry/notification_routes.h"
#include "base/json.h"

namespace belfry::api {
namespace {

http::Response show(std::string_view yaml, const Status& status) {
    JsonWriter json;
    json.begin_object().field("yaml", yaml).key("error");
    if (status.ok())
        json.null();
    else
        json.string(status.error().message);
    json.end_object();
    return http::json_response(json.take());
}

http::Response read(const NotificationParts& parts, const http::Request& request) {
    const std::string& tenant = request.identity.tenant;
    const auto snapshot = parts.catalog.snapshot();
    const catalog::Document* document = snapshot->document(catalog::ROUTING, tenant, tenant);
    const std::string yaml = document ? notify::routing_yaml(*document) : "";
    const auto parsed = notify::parse_routing(yaml);
    return show(yaml, parsed.ok() ? Status() : Status(parsed.error()));
}

Status check(const NotificationParts& parts, const std::string& tenant, std::string_view yaml) {
    const notify::RoutingPtr routing = TRY(notify::parse_routing(yaml));
    for (const std::string& receiver : routing->receivers)
        if (!parts.engine.catalog_view().method_by_name(tenant, receiver))
            return make_error(Code::invalid, "there is no notification method named {}", receiver);
    return {};
}

http::Response write(const NotificationParts& parts, const http::Request& request) {
    const auto json = JsonView::parse(request.body);
    if (!json.ok()) return http::error_response(json.error());
    const auto yaml = json->get("yaml").as_string();
    if (!yaml) return http::error_response(make_error(Code::invalid, "yaml is a text"));
    const std::string& tenant = request.identity.tenant;
    if (Status good = check(parts, tenant, *yaml); !good.ok()) return http::error_response(good.error());
    const auto saved = parts.changes.save_document(notify::routing_document(tenant, *yaml), changer(request));
    if (!saved.ok()) return http::error_response(saved.error());
    parts.engine.reroute(tenant);
    return show(*yaml, {});
}

}  // namespace

void add_routing_routes(http::Router& router, const NotificationParts& parts) {
    const std::string path = "/api/v1/belfry/routing";
    router.add("GET", path, http::Access::read, [parts](const http::Request& request) { return read(parts, request); });
    router.add("PUT", path, http::Access::edit, [parts](const http::Request& request) { return write(parts, request); },
               {.plain_body = true});
}

}  // namespace belfry::api
