#include "api/belfry/notification_routes.h"

namespace belfry::api {

void add_notification_routes(http::Router& router, const NotificationParts& parts) {
    add_method_routes(router, parts);
    add_delivery_routes(router, parts);
    add_silence_routes(router, parts);
    add_routing_routes(router, parts);
}

std::string method_or_silence_id(const http::Request& request) {
    const auto id = request.path_params.find("id");
    return id == request.path_params.end() ? "" : id->second;
}

std::string_view changer(const http::Request& request) {
    return request.identity.user.empty() ? std::string_view("api") : std::string_view(request.identity.user);
}

}  // namespace belfry::api
