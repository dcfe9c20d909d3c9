#pragma once

#include "query/metric_source.h"

#include <map>
#include <string>
#include <vector>

namespace belfry::test {

/// Series in memory, for engines under test. Filled by one thread, then read by any.
class MemorySource : public query::MetricSource {
  public:
    /// Samples may come in any order; of two at one time the later wins.
    void add(const model::Labels& labels, int64_t time_ms, double value);
    void add(const model::Labels& labels, int64_t time_ms, std::shared_ptr<const model::Histogram> histogram);
    /// Of a sample that is there already.
    void set_start(const model::Labels& labels, int64_t time_ms, int64_t start_ms);
    /// A whole new series, already in order.
    void add(const model::Labels& labels, model::SampleColumns samples);
    void clear() { series_.clear(); }

    [[nodiscard]] Result<std::unique_ptr<query::SeriesSet>> select(std::string_view tenant, const model::Matchers& matchers,
                                                                   model::TimeRange range, query::Budget& budget) const override;
    [[nodiscard]] Result<std::vector<std::string>> label_names(std::string_view tenant, const query::LabelQuery& query,
                                                               query::Budget& budget) const override;
    [[nodiscard]] Result<std::vector<std::string>> label_values(std::string_view tenant, std::string_view name,
                                                                const query::LabelQuery& query,
                                                                query::Budget& budget) const override;
    [[nodiscard]] Result<std::vector<model::Labels>> series(std::string_view tenant, const query::LabelQuery& query,
                                                            query::Budget& budget) const override;

  private:
    struct ByLabels {
        bool operator()(const model::Labels& a, const model::Labels& b) const { return model::compare(a, b) < 0; }
    };
    void put(const model::Labels& labels, int64_t time_ms, double value, std::shared_ptr<const model::Histogram> histogram);
    std::map<model::Labels, model::SampleColumns, ByLabels> series_;
};

}  // namespace belfry::test
