#pragma once

#include "notify/notice.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace belfry::notify {

enum class DeliveryStatus : uint8_t { pending, sent, failed, silenced, inhibited, muted };
[[nodiscard]] std::string_view to_string(DeliveryStatus status);

/// One notice on its way to one method. What is above the line never changes.
struct Delivery {
    static constexpr uint64_t NO_OFFSET = UINT64_MAX;

    int64_t id = 0;               // ascending
    uint64_t offset = NO_OFFSET;  // of the record that it comes from; none of groups and repeats
    int64_t at_ms = 0;            // when it was decided
    std::string tenant;
    std::string method_id;
    std::string method;  // its name
    std::string type;
    std::string pair;  // what is told in order: alarm (or group) and method
    std::shared_ptr<const Notice> notice;
    // ---
    DeliveryStatus status = DeliveryStatus::pending;
    uint32_t attempts = 0;
    int64_t next_ms = 0;  // of the next attempt
    int code = 0;
    std::string detail;
    int64_t took_ms = 0;
    bool in_store = false;  // the outbox may have a row of it
};
using DeliveryPtr = std::shared_ptr<Delivery>;

/// A line of the delivery log.
struct DeliveryRow {
    int64_t id = 0;
    int64_t at_ms = 0;
    std::string tenant, alarm_id, alarm_name, transition_id, state, method_id, method, type, status;
    uint32_t attempts = 0;
    int64_t next_ms = 0;  // 0: none
    int code = 0;
    std::string detail;
    int64_t took_ms = 0;
};

struct DeliveryQuery {
    std::string tenant;
    std::string alarm_id;  // "" = all, and so on
    std::string method_id;
    std::string transition_id;
    std::string status;
    int64_t before = INT64_MAX;  // ids below; newest first
    size_t limit = 100;
};

/// How a method does.
struct MethodHealth {
    uint64_t pending = 0;
    int64_t failing_since_ms = 0;  // 0: its last attempt was fine
    int64_t last_ok_ms = 0;
    std::string last_error;
};

}  // namespace belfry::notify
