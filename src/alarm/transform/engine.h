#pragma once

#include "alarm/rules/sample_sink.h"
#include "alarm/transform/spec.h"
#include "alarm/transform/transform_config.h"
#include "base/clock.h"
#include "query/metric_source.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace belfry::alarm {

/// Computes the aggregations of each hour once it is over. Call `run_due` now and then, by one thread.
/// The position (the next hour) is in a file, written after the hour's results: a crash between the two computes the
/// hour again, from the same samples into the same samples, which changes nothing.
class TransformEngine {
  public:
    struct Parts {
        const TransformConfig& config;
        Clock& clock;
        const query::MetricSource& source;
        query::BudgetLimits limits;  // of one aggregation of one tenant
        SampleSink write;
        std::function<std::vector<std::string>()> tenants;
        /// Null when that tenant has none.
        std::function<std::shared_ptr<const TransformSpecs>(const std::string& tenant)> specs;
        std::string position_file;
    };
    explicit TransformEngine(Parts parts) : parts_(std::move(parts)) {}

    /// All hours that are due, oldest first, at most transform.catch_up of them. An aggregation that fails (its limits)
    /// is counted, logged and passed over; when the results cannot be written the hour is tried again with the next
    /// call.
    [[nodiscard]] Status run_due();

    static constexpr int64_t HOUR_MS = 3'600'000;

  private:
    [[nodiscard]] Status run_hour(const std::string& tenant, const TransformSpecs& specs, int64_t hour_ms);
    [[nodiscard]] Result<std::vector<RuleSample>> compute(const std::string& tenant,
                                                          const TransformSpecs& specs,
                                                          const TransformSpec& spec,
                                                          int64_t hour_ms) const;
    [[nodiscard]] Result<int64_t> read_position();

    Parts parts_;
    int64_t next_hour_ms_ = -1;  // -1: not read yet
};

}  // namespace belfry::alarm
