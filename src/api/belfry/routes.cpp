#include "api/belfry/routes.h"

#include "api/belfry/status.h"

namespace belfry::api {

void add_belfry_routes(http::Router& router, const BelfryParts& parts) {
    add_session_routes(router, parts);
    add_frame_routes(router, parts);
    add_status_routes(router, parts);
    add_key_routes(router, parts);
    add_dashboard_routes(router, parts);
    add_demo_routes(router, parts);
}

void add_status_routes(http::Router& router, const BelfryParts& parts) {
    const auto resource = std::make_shared<StatusResource>(parts.clock, parts.server, parts.status, parts.history);
    router.add("GET", "/api/v1/belfry/status", http::Access::read,
               [resource](const http::Request& request) { return resource->status(request); });
    router.add("GET", "/api/v1/belfry/receivers", http::Access::read,
               [resource](const http::Request& request) { return resource->receivers(request); });
}

}  // namespace belfry::api
