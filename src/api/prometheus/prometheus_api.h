#pragma once

#include "api/prometheus/metric_admin.h"
#include "base/clock.h"
#include "http/router.h"
#include "query/budget.h"
#include "query/exemplar_source.h"
#include "query/metric_source.h"
#include "query/promql/engine.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace belfry::api {

/// Prometheus' HTTP API (under /api/v1 and /prometheus/api/v1), its health pages under /prometheus, and what Belfry's own
/// pages ask about metrics (/api/v1/belfry/{metrics,labels,functions}). Handlers hold no state of a request; any thread.
class PrometheusApi {
  public:
    struct Options {
        query::BudgetLimits limits;  // of each request; `timeout=` may shorten the time
        int64_t lookback_ms = promql::LOOKBACK_MS_DEFAULT;
        int64_t default_step_ms = 60'000;
        int64_t start_ms = 0;     // of this process
        std::string version;      // Belfry's own
        std::string retention;    // as configured: "90d"
        std::map<std::string, std::string> flags;
        const query::ExemplarSource* exemplars = nullptr;  // outlives the API; null: none are kept
    };

    /// All outlive this; `router` must not outlive it.
    PrometheusApi(const promql::Engine& engine,
                  const query::MetricSource& source,
                  MetricAdmin& admin,
                  const Clock& clock,
                  Options options)
        : engine_(engine), source_(source), admin_(admin), clock_(clock), options_(std::move(options)) {}

    void add_routes(http::Router& router);

  private:
    using Answer = Result<http::Response>;
    using Method = Answer (PrometheusApi::*)(const http::Request&) const;
    struct RouteEntry;
    static const RouteEntry ROUTES[];

    // query.cpp
    [[nodiscard]] Answer query(const http::Request& request) const;
    [[nodiscard]] Answer query_range(const http::Request& request) const;
    // exemplars.cpp
    [[nodiscard]] Answer query_exemplars(const http::Request& request) const;
    // query.cpp
    [[nodiscard]] Answer format_query(const http::Request& request) const;
    [[nodiscard]] Answer parse_query(const http::Request& request) const;
    // series.cpp
    [[nodiscard]] Answer labels(const http::Request& request) const;
    [[nodiscard]] Answer label_values(const http::Request& request) const;
    [[nodiscard]] Answer series(const http::Request& request) const;
    [[nodiscard]] Answer metadata(const http::Request& request) const;
    // status.cpp
    [[nodiscard]] Answer build_info(const http::Request& request) const;
    [[nodiscard]] Answer runtime_info(const http::Request& request) const;
    [[nodiscard]] Answer flags(const http::Request& request) const;
    [[nodiscard]] Answer tsdb_status(const http::Request& request) const;
    [[nodiscard]] Answer replay_status(const http::Request& request) const;
    [[nodiscard]] Answer alertmanagers(const http::Request& request) const;
    [[nodiscard]] Answer compact(const http::Request& request) const;
    [[nodiscard]] Answer healthy(const http::Request& request) const;
    [[nodiscard]] Answer ready(const http::Request& request) const;
    // explore.cpp
    [[nodiscard]] Answer explore_metrics(const http::Request& request) const;
    [[nodiscard]] Answer explore_labels(const http::Request& request) const;
    [[nodiscard]] Answer explore_functions(const http::Request& request) const;

    [[nodiscard]] query::BudgetLimits limits_for(std::optional<int64_t> timeout_ms) const;

    const promql::Engine& engine_;
    const query::MetricSource& source_;
    MetricAdmin& admin_;
    const Clock& clock_;
    const Options options_;
};

}  // namespace belfry::api
