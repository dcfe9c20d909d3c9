#pragma once

#include "base/clock.h"
#include "http/router.h"
#include "query/budget.h"
#include "query/exemplar_source.h"
#include "query/metric_source.h"
#include "query/workers.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::api::monasca {

/// What is asked of Monasca's REST API v2.0 (below /monasca): versions, health, metrics. What is written to it is
/// ingest/monasca's, alarms are alarm_api.h's. Handlers hold no state of a request; any thread.
class MonascaApi {
  public:
    struct Parts {
        const query::MetricSource& metrics;
        const query::ExemplarSource& exemplars;
        query::Workers& workers;
        const Clock& clock;
        query::BudgetLimits limits;  // of each request
        /// Why nothing can be served now; empty: all is well.
        std::function<std::vector<std::string>()> not_ready;
    };
    explicit MonascaApi(Parts parts) : parts_(std::move(parts)) {}  // what it refers to outlives it

    void add_routes(http::Router& router);

  private:
    using Answer = Result<http::Response>;
    using Method = Answer (MonascaApi::*)(const http::Request&) const;
    struct Entry {
        std::string_view method;
        std::string_view path;
        http::Access access;
        Method handler;
    };
    static const Entry ENTRIES[];

    // versions.cpp
    [[nodiscard]] Answer versions(const http::Request& request) const;
    [[nodiscard]] Answer version(const http::Request& request) const;
    [[nodiscard]] Answer health(const http::Request& request) const;
    // names.cpp
    [[nodiscard]] Answer metrics(const http::Request& request) const;
    [[nodiscard]] Answer names(const http::Request& request) const;
    [[nodiscard]] Answer dimension_names(const http::Request& request) const;
    [[nodiscard]] Answer dimension_values(const http::Request& request) const;
    [[nodiscard]] Answer sorted_list(const http::Request& request,
                                     std::vector<std::string> values,
                                     std::string_view member) const;
    // measurements.cpp, statistics.cpp
    [[nodiscard]] Answer measurements(const http::Request& request) const;
    [[nodiscard]] Answer statistics(const http::Request& request) const;

    const Parts parts_;
};

/// The answer for an error of a question: what asks too much is 422 here.
[[nodiscard]] http::Response error_answer(const Error& error);

/// Adds a route for `path` and for `path` with a slash at its end, with errors answered in Monasca's shape.
void add_route(http::Router& router,
               std::string_view method,
               std::string_view path,
               http::Access access,
               std::function<Result<http::Response>(const http::Request&)> handler);

/// The id under which a metric is listed.
[[nodiscard]] std::string metric_id(std::string_view name, model::LabelsView labels);

}  // namespace belfry::api::monasca
