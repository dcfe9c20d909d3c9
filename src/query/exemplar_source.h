#pragma once

#include "base/result.h"
#include "model/exemplar.h"
#include "model/matcher.h"
#include "model/sample.h"
#include "query/budget.h"

#include <string_view>
#include <vector>

namespace belfry::query {

/// A series with its exemplars, ascending in time. Labels are without the tenant label.
struct SeriesExemplars {
    model::Labels series;
    std::vector<model::Exemplar> exemplars;
};

/// What exemplars are read from. Any thread.
class ExemplarSource {
  public:
    virtual ~ExemplarSource() = default;
    /// Exemplars inside `range` of the series that all matchers accept, series in order of their labels; series without
    /// one are left out.
    [[nodiscard]] virtual Result<std::vector<SeriesExemplars>> query(std::string_view tenant,
                                                                     const model::Matchers& matchers,
                                                                     model::TimeRange range,
                                                                     Budget& budget) const = 0;
};

}  // namespace belfry::query
