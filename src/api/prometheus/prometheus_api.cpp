#include "api/prometheus/prometheus_api.h"

#include "api/prometheus/render.h"

namespace belfry::api {

struct PrometheusApi::RouteEntry {
    std::string_view methods;  // "GET", "POST" or "GET POST" (the parameters then also come as a form)
    std::string_view path;
    http::Access access;
    Method handler;
    bool prefixed = true;  // under both /api/v1 and /prometheus/api/v1
};

const PrometheusApi::RouteEntry PrometheusApi::ROUTES[] = {
    {"GET POST", "/query", http::Access::read, &PrometheusApi::query},
    {"GET POST", "/query_range", http::Access::read, &PrometheusApi::query_range},
    {"GET POST", "/query_exemplars", http::Access::read, &PrometheusApi::query_exemplars},
    {"GET POST", "/format_query", http::Access::read, &PrometheusApi::format_query},
    {"GET POST", "/parse_query", http::Access::read, &PrometheusApi::parse_query},
    {"GET POST", "/labels", http::Access::read, &PrometheusApi::labels},
    {"GET", "/label/:name/values", http::Access::read, &PrometheusApi::label_values},
    {"GET POST", "/series", http::Access::read, &PrometheusApi::series},
    {"GET", "/metadata", http::Access::read, &PrometheusApi::metadata},
    {"GET", "/alertmanagers", http::Access::read, &PrometheusApi::alertmanagers},
    {"GET", "/status/buildinfo", http::Access::read, &PrometheusApi::build_info},
    {"GET", "/status/runtimeinfo", http::Access::read, &PrometheusApi::runtime_info},
    {"GET", "/status/flags", http::Access::read, &PrometheusApi::flags},
    {"GET", "/status/tsdb", http::Access::read, &PrometheusApi::tsdb_status},
    {"GET", "/status/walreplay", http::Access::read, &PrometheusApi::replay_status},
    {"POST", "/admin/tsdb/compact", http::Access::change, &PrometheusApi::compact},
    {"GET", "/api/v1/belfry/metrics", http::Access::read, &PrometheusApi::explore_metrics, false},
    {"GET", "/api/v1/belfry/labels", http::Access::read, &PrometheusApi::explore_labels, false},
    {"GET", "/api/v1/belfry/functions", http::Access::read, &PrometheusApi::explore_functions, false},
    // those without the prefix are the front door's own (http/health)
    {"GET", "/prometheus/-/healthy", http::Access::open, &PrometheusApi::healthy, false},
    {"GET", "/prometheus/-/ready", http::Access::open, &PrometheusApi::ready, false},
};

void PrometheusApi::add_routes(http::Router& router) {
    static constexpr std::string_view BOTH[] = {"/api/v1", "/prometheus/api/v1"};
    static constexpr std::string_view NONE[] = {""};
    for (const RouteEntry& entry : ROUTES) {
        const auto run = [this, handler = entry.handler](const http::Request& request) {
            auto answer = (this->*handler)(request);
            return answer ? std::move(*answer) : query_error(answer.error());
        };
        const std::span<const std::string_view> prefixes =
            entry.prefixed ? std::span<const std::string_view>(BOTH) : NONE;
        for (const std::string_view prefix : prefixes) {
            const std::string path = std::string(prefix) + std::string(entry.path);
            for (const std::string_view method : {"GET", "POST"}) {
                if (entry.methods.find(method) != std::string_view::npos)
                    router.add(std::string(method), path, entry.access, run);
            }
        }
    }
}

query::BudgetLimits PrometheusApi::limits_for(std::optional<int64_t> timeout_ms) const {
    query::BudgetLimits limits = options_.limits;
    if (timeout_ms && *timeout_ms > 0 && (limits.wall_ms_max == 0 || *timeout_ms < limits.wall_ms_max)) {
        limits.wall_ms_max = *timeout_ms;
    }
    return limits;
}

}  // namespace belfry::api
