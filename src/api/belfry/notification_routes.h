#pragma once

#include "catalog/alarm_store.h"
#include "catalog/changes.h"
#include "http/access.h"
#include "notify/engine.h"

namespace belfry::api {

/// What the resources of notifications speak about; all outlive the router.
struct NotificationParts {
    Clock& clock;
    notify::Engine& engine;
    catalog::Catalog& catalog;
    catalog::Changes& changes;
    catalog::AlarmStore& alarms;
    http::AccessPolicy policy;  // who may change methods sees their addresses
};

/// Notification methods, deliveries, silences and routing below /api/v1/belfry.
void add_notification_routes(http::Router& router, const NotificationParts& parts);

// One file each.
void add_method_routes(http::Router& router, const NotificationParts& parts);
void add_delivery_routes(http::Router& router, const NotificationParts& parts);
void add_silence_routes(http::Router& router, const NotificationParts& parts);
void add_routing_routes(http::Router& router, const NotificationParts& parts);

/// The segment `:id` of the path.
[[nodiscard]] std::string method_or_silence_id(const http::Request& request);
/// Who changes something.
[[nodiscard]] std::string_view changer(const http::Request& request);

}  // namespace belfry::api
