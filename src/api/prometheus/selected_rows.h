#pragma once

#include "base/result.h"
#include "query/budget.h"
#include "query/metric_source.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace belfry::api {

/// The series that any of several selectors finds, each once, by metric name and then by labels: the order of the text
/// formats, in which the lines of a metric stand together.
class SelectedRows {
  public:
    struct Row {
        std::string_view name;
        model::LabelsView labels;
        uint32_t set = 0;
        uint32_t index = 0;  // in the set
    };

    [[nodiscard]] static Result<SelectedRows> select(const query::MetricSource& source,
                                                     std::string_view tenant,
                                                     const std::vector<model::Matchers>& selectors,
                                                     model::TimeRange range,
                                                     query::Budget& budget);
    [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
    [[nodiscard]] const query::SeriesSet& set(const Row& row) const { return *sets_[row.set]; }

  private:
    std::vector<std::unique_ptr<query::SeriesSet>> sets_;
    std::vector<Row> rows_;
};

}  // namespace belfry::api
