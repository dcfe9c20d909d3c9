#pragma once

#include <cstdint>

namespace belfry::catalog {

struct AlarmStoreConfig {
    int64_t history_ms = 90 * 86'400'000LL;    // how long the history is kept
    uint64_t history_entries_max = 5'000'000;  // of all tenants together; the oldest make room
    uint64_t alarms_max = 1'000'000;           // of all tenants together; one more is not made (counted)
};

}  // namespace belfry::catalog
