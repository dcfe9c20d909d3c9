// What was told to whom, and what became of it.
#include "api/belfry/notification_routes.h"
#include "base/json.h"
#include "base/number.h"

namespace belfry::api {
namespace {

constexpr size_t LIMIT_MAX = 1'000;

http::Response list(const NotificationParts& parts, const http::Request& request) {
    const auto text = [&](std::string_view name) { return request.query.get(name).value_or(""); };
    notify::DeliveryQuery query{.tenant = request.identity.tenant,
                                .alarm_id = text("alarm_id"),
                                .method_id = text("method_id"),
                                .transition_id = text("transition_id"),
                                .status = text("status")};
    if (const auto limit = request.query.get("limit")) {
        const auto value = parse_uint(*limit);
        if (!value || *value == 0 || *value > LIMIT_MAX)
            return http::error_response(make_error(Code::invalid, "limit is a number from 1 to {}", LIMIT_MAX));
        query.limit = *value;
    }
    if (const auto before = request.query.get("before")) {
        const auto value = parse_int(*before);
        if (!value) return http::error_response(make_error(Code::invalid, "before is the id of a delivery"));
        query.before = *value;
    }
    const auto rows = parts.engine.deliveries(query);
    if (!rows.ok()) return http::error_response(rows.error());
    JsonWriter json;
    json.begin_object().key("deliveries").begin_array();
    for (const notify::DeliveryRow& row : *rows) {
        json.begin_object().field("id", row.id).field("at_ms", row.at_ms).field("alarm_id", row.alarm_id);
        json.field("alarm_name", row.alarm_name).field("transition_id", row.transition_id).field("state", row.state);
        json.field("method_id", row.method_id).field("method", row.method).field("type", row.type);
        json.field("status", row.status).field("attempts", row.attempts).key("next_ms");
        if (row.next_ms == 0)
            json.null();
        else
            json.integer(row.next_ms);
        json.key("code");
        if (row.code == 0)
            json.null();
        else
            json.integer(row.code);
        json.field("detail", row.detail).field("took_ms", row.took_ms).end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

}  // namespace

void add_delivery_routes(http::Router& router, const NotificationParts& parts) {
    router.add("GET", "/api/v1/belfry/deliveries", http::Access::read,
               [parts](const http::Request& request) { return list(parts, request); });
}

}  // namespace belfry::api
