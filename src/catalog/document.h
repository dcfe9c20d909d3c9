#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace belfry::catalog {

class Database;

/// A definition whose inside belongs to the room that reads it: alarm definitions, notification methods, silences, ...
/// One table, one kind of record; who adds a kind writes a reader of its JSON (worked example: alarm_definition.h).
struct Document {
    std::string kind;
    std::string id;
    std::string tenant;
    std::string name;  // unique within its kind and tenant; "" for none
    std::string json;  // an object
    int64_t created_ms = 0;
    int64_t updated_ms = 0;
    std::string updated_by;
};

struct RemoveDocument {
    std::string kind;
    std::string id;
};

/// By id. Replaced whole when any of the kind changes, so that a reader sees by the pointer that nothing has.
using Documents = std::map<std::string, std::shared_ptr<const Document>, std::less<>>;

// The kinds.
inline constexpr std::string_view ALARM_DEFINITION = "alarm_definition";
inline constexpr std::string_view NOTIFICATION_METHOD = "notification_method";
inline constexpr std::string_view SILENCE = "silence";
inline constexpr std::string_view ROUTING = "routing";  // one a tenant, its id is the tenant's
inline constexpr std::string_view ANOMALY_MONITOR = "anomaly_monitor";
inline constexpr std::string_view TRANSFORM = "transform";
inline constexpr std::string_view ACCOUNT = "account";        // a user's password and roles
inline constexpr std::string_view CREDENTIAL = "credential";  // an application credential

}  // namespace belfry::catalog
