#pragma once

#include <cstdint>

namespace belfry::catalog {

struct CatalogConfig {
    uint32_t keys_max = 1000;  // API keys of all tenants together
    uint32_t sessions_max = 1000;  // logged-in browsers; the one idle longest makes room
    int64_t session_ms = 30 * 86'400'000LL;
    int64_t login_token_ms = 15 * 60'000;
    uint32_t dashboards_max = 1000;  // of all tenants together
    uint64_t dashboard_bytes_max = 1 << 20;  // of one body
    uint32_t dashboard_panels_max = 200;  // of one
    uint32_t dashboard_versions_max = 20;  // kept of one, the newest counted
    uint32_t documents_max = 100'000;  // of one kind (alarm definitions, notification methods, silences, ...), all tenants together
    int64_t apply_wait_ms = 10'000;  // how long a change waits until it has come back through the log
};

}  // namespace belfry::catalog
