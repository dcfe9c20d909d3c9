#pragma once

#include "base/json.h"
#include "catalog/alarm_store.h"
#include "catalog/changes.h"
#include "http/router.h"
#include "notify/engine.h"
#include "notify/outside_alarms.h"

namespace belfry::api {

/// What Alertmanager's API speaks about; all outlive the router.
struct AlertmanagerParts {
    Clock& clock;
    notify::Engine& engine;
    catalog::Catalog& catalog;
    catalog::Changes& changes;
    catalog::AlarmStore& alarms;
    notify::OutsideAlarms& outside;
};

/// Alertmanager's API v2 below / and /alertmanager: programs that send alerts there (Prometheus, vmalert) send them
/// here, and amtool and dashboards find what they know. Every alarm that rings is an alert, wherever it comes from.
void add_alertmanager_routes(http::Router& router, const AlertmanagerParts& parts);

// One file each.
void add_alert_routes(http::Router& router, const std::string& base, const AlertmanagerParts& parts);
void add_alertmanager_silence_routes(http::Router& router, const std::string& base, const AlertmanagerParts& parts);
void add_alertmanager_status_routes(http::Router& router, const std::string& base, const AlertmanagerParts& parts);

/// `filter=` of a request, one matcher or several each.
[[nodiscard]] Result<model::Matchers> filter_of(const http::Request& request);
void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts);

}  // namespace belfry::api
