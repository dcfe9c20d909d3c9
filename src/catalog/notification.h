#pragma once

#include "base/result.h"
#include "catalog/document.h"
#include "model/alarm.h"
#include "model/matcher.h"

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::catalog {

/// Where something is told. A document of kind NOTIFICATION_METHOD.
struct NotificationMethod {
    std::string id;  // a UUID
    std::string tenant = "default";
    std::string name;
    std::string type;  // upper case: EMAIL, WEBHOOK, PAGERDUTY, SLACK, JIRA, TEAMS, TELEGRAM, ALERTMANAGER
    std::string address;
    int64_t period_s = 0;       // repeated as often while it rings; 0: once
    model::Dimensions options;  // of its type: "template", "user", "subject", ...; never shown whole: may hold secrets
    int64_t created_ms = 0;
    int64_t updated_ms = 0;
};

[[nodiscard]] Document to_document(const NotificationMethod& method);
[[nodiscard]] Result<NotificationMethod> read_notification_method(const Document& document);

/// Nothing is told of alarms whose labels all matchers accept, in [starts_ms, ends_ms). States and history go on.
/// Expired, not removed: its end becomes now. A document of kind SILENCE. Muting one alarm is a silence on label
/// `alarm_id`.
struct Silence {
    std::string id;  // a UUID
    std::string tenant = "default";
    model::Matchers matchers;
    int64_t starts_ms = 0;
    int64_t ends_ms = 0;
    std::string created_by;
    std::string comment;
    int64_t created_ms = 0;
    int64_t updated_ms = 0;
};

[[nodiscard]] Document to_document(const Silence& silence);
[[nodiscard]] Result<Silence> read_silence(const Document& document);

}  // namespace belfry::catalog
