#include "api/monasca/alarm_api.h"

#include "api/monasca/monasca_api.h"
#include "api/monasca/page.h"
#include "http/titled_error.h"

namespace belfry::api::monasca {

using http::Access;

const AlarmApi::Entry AlarmApi::ENTRIES[] = {
    {"POST", "/v2.0/alarm-definitions", Access::edit, &AlarmApi::create_definition},
    {"GET", "/v2.0/alarm-definitions", Access::read, &AlarmApi::list_definitions},
    {"GET", "/v2.0/alarm-definitions/:id", Access::read, &AlarmApi::show_definition},
    {"PUT", "/v2.0/alarm-definitions/:id", Access::edit, &AlarmApi::replace_definition},
    {"PATCH", "/v2.0/alarm-definitions/:id", Access::edit, &AlarmApi::change_definition},
    {"DELETE", "/v2.0/alarm-definitions/:id", Access::edit, &AlarmApi::remove_definition},
    {"GET", "/v2.0/alarms", Access::read, &AlarmApi::list_alarms},
    {"GET", "/v2.0/alarms/count", Access::read, &AlarmApi::count_alarms},
    {"GET", "/v2.0/alarms/state-history", Access::read, &AlarmApi::history},
    {"GET", "/v2.0/alarms/:id", Access::read, &AlarmApi::show_alarm},
    {"PUT", "/v2.0/alarms/:id", Access::edit, &AlarmApi::replace_alarm},
    {"PATCH", "/v2.0/alarms/:id", Access::edit, &AlarmApi::change_alarm},
    {"DELETE", "/v2.0/alarms/:id", Access::edit, &AlarmApi::remove_alarm},
    {"GET", "/v2.0/alarms/:id/state-history", Access::read, &AlarmApi::history_of_alarm},
    {"POST", "/v2.0/notification-methods", Access::edit, &AlarmApi::create_method},
    {"GET", "/v2.0/notification-methods", Access::read, &AlarmApi::list_methods},
    {"GET", "/v2.0/notification-methods/types", Access::read, &AlarmApi::method_types},
    {"GET", "/v2.0/notification-methods/:id", Access::read, &AlarmApi::show_method},
    {"PUT", "/v2.0/notification-methods/:id", Access::edit, &AlarmApi::replace_method},
    {"PATCH", "/v2.0/notification-methods/:id", Access::edit, &AlarmApi::change_method},
    {"DELETE", "/v2.0/notification-methods/:id", Access::edit, &AlarmApi::remove_method},
};

void AlarmApi::add_routes(http::Router& router) {
    for (const Entry& entry : ENTRIES)
        add_route(router, entry.method, entry.path, entry.access,
                  [this, handler = entry.handler](const http::Request& request) { return (this->*handler)(request); });
}

std::string id_param(const http::Request& request) {
    const auto found = request.path_params.find("id");
    return found == request.path_params.end() ? "" : found->second;
}

std::string list_address(const http::Request& request, std::string_view id) {
    std::string out = address_of(request);
    while (out.ends_with('/'))
        out.pop_back();
    if (!id.empty()) out.resize(out.rfind('/'));
    return out;
}

Result<JsonView> read_body(const http::Request& request) {
    JsonView body = TRY(JsonView::parse(request.body));
    if (!body.is_object()) return make_error(Code::invalid, "the body is not a JSON object");
    return body;
}

http::Response bad_body(const Error& error) {
    return http::titled_error(400, error.message);
}

}  // namespace belfry::api::monasca
