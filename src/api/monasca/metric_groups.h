#pragma once

#include "api/monasca/params.h"
#include "base/json.h"
#include "http/message.h"
#include "query/budget.h"
#include "query/metric_source.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace belfry::api::monasca {

/// What measurements and statistics ask of: the parameters they share.
struct MetricQuestion {
    std::string tenant;
    std::string name;
    DimensionFilter filter;
    model::Matchers matchers;
    model::TimeRange range;  // start_time and end_time are both in it
    bool merge = false;
    std::vector<std::string> group_by;  // "*" alone: every metric apart
    size_t limit = LIMIT_MAX;           // rows of all elements
    // of the offset `<id>_<time>` or `<id>_<time>_<rows of that time already given>`; a time alone counts for any
    // element
    std::string offset_id;
    std::optional<int64_t> offset_ms;
    size_t offset_rows = 0;
};

/// `invalid` is 422. A range that is none (400) comes back as one, for the caller to say so.
[[nodiscard]] Result<MetricQuestion> read_question(const http::Request& request, int64_t now_ms);

/// Series that one element of the answer is made of.
struct MetricGroup {
    std::string id;
    model::Dimensions dimensions;
    std::vector<size_t> series;  // in the set
};

/// The elements of an answer, in order of their dimensions, those before the offset left out. `conflict`: several
/// metrics without merge_metrics and group_by.
[[nodiscard]] Result<std::vector<MetricGroup>> groups_of(const MetricQuestion& question,
                                                         const query::SeriesSet& set,
                                                         query::Budget& budget);

/// The dimensions as a JSON object.
void write_dimensions(JsonWriter& json, const model::Dimensions& dimensions);

}  // namespace belfry::api::monasca
