#pragma once

#include "model/histogram.h"
#include "model/labels.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::test {

/// One point of a series line: nothing (`_`), a float (the stale marker included) or a histogram.
struct NotedPoint {
    enum class Kind { none, value, histogram } kind = Kind::none;
    double value = 0;
    std::shared_ptr<const model::Histogram> histogram;
};

struct NotedSeries {
    model::Labels labels;
    std::vector<NotedPoint> points;
    [[nodiscard]] bool has_histograms() const;
};

/// `name{a="b"} 1 2+3x4 _ stale {{schema:0 count:1}}x3`. Throws std::runtime_error on a malformed line (tests only).
[[nodiscard]] NotedSeries parse_noted_series(std::string_view line);
/// The text of a quoted string at the start of `text` ("", '' or ``), and how many bytes it took.
[[nodiscard]] std::pair<std::string, size_t> parse_noted_string(std::string_view text);
/// `_ -30s-1mx2 0 1ms`: the distances of start times from their samples; nothing where there is none.
[[nodiscard]] std::vector<std::optional<int64_t>> parse_noted_starts(std::string_view text);
/// "5m", "-30s", "1.5", "0" -> milliseconds.
[[nodiscard]] int64_t parse_noted_duration(std::string_view text);
/// The histograms that the loader `load_with_nhcb` makes of classic buckets.
[[nodiscard]] std::vector<NotedSeries> custom_bucket_series(const std::vector<NotedSeries>& loaded);
/// Empty when equal (buckets, count, sum, schema), else what differs.
[[nodiscard]] std::string histogram_difference(const model::Histogram& want, const model::Histogram& got, bool check_hint);

[[nodiscard]] bool nearly_equal(double a, double b);

}  // namespace belfry::test
