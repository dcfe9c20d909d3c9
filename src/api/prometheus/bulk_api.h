#pragma once

#include "api/prometheus/bulk_config.h"
#include "api/prometheus/metric_admin.h"
#include "api/prometheus/remote_read_message.h"
#include "base/clock.h"
#include "http/router.h"
#include "query/budget.h"
#include "query/metric_source.h"

#include <cstdint>
#include <memory>

namespace belfry::api {

/// The ways out that carry samples in bulk: remote read, federation, export. Long answers are made part by part
/// (http::BodyParts), so millions of samples are never in memory together. Handlers hold no state; any thread.
class BulkApi {
  public:
    struct Options {
        query::BudgetLimits limits;  // series and memory; samples and time are BulkConfig's
        BulkConfig config;
        model::Labels external_labels;
        int64_t lookback_ms = 300'000;  // of federation
    };

    /// All outlive this; `router` must not outlive it, nor answers under way.
    BulkApi(const query::MetricSource& source, MetricAdmin& admin, const Clock& clock, Options options)
        : source_(source), admin_(admin), clock_(clock), options_(std::move(options)) {}

    void add_routes(http::Router& router);

  private:
    using Answer = Result<http::Response>;

    // remote_read.cpp
    [[nodiscard]] Answer remote_read(const http::Request& request) const;
    [[nodiscard]] Answer read_whole(const http::Request& request, const ReadRequest& read) const;
    [[nodiscard]] Answer read_streamed(const http::Request& request, ReadRequest read) const;
    [[nodiscard]] model::Matchers own_matchers(const model::Matchers& matchers) const;
    // federate.cpp
    [[nodiscard]] Answer federate(const http::Request& request) const;
    // export_open_metrics.cpp
    [[nodiscard]] Answer export_open_metrics(const http::Request& request) const;
    // export_json_lines.cpp
    [[nodiscard]] Answer export_json_lines(const http::Request& request) const;

    /// A budget that lives as long as the answer.
    [[nodiscard]] std::shared_ptr<query::Budget> budget(const http::Request& request) const;

    const query::MetricSource& source_;
    MetricAdmin& admin_;
    const Clock& clock_;
    const Options options_;
};

/// "name=value" lines to labels; `invalid` names the bad one.
[[nodiscard]] Result<model::Labels> parse_external_labels(const std::vector<std::string>& lines);

}  // namespace belfry::api
