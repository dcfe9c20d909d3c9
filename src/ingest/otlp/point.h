#pragma once

#include "base/result.h"
#include "model/histogram.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace belfry::ingest::otlp {

// The data points of OTLP metrics, by field number:
//
//   NumberDataPoint                7 attributes*   2 start   3 time   4 as_double | 6 as_int   5 exemplars*   8 flags
//   HistogramDataPoint             9 attributes*   2 start   3 time   4 count   5 sum   6 bucket_counts*
//                                  7 explicit_bounds*   8 exemplars*   10 flags
//   ExponentialHistogramDataPoint  1 attributes*   2 start   3 time   4 count   5 sum   6 scale   7 zero_count
//                                  8 positive   9 negative   10 flags   11 exemplars*   14 zero_threshold
//   Buckets                        1 offset (sint32)   2 bucket_counts* (uint64)
//   SummaryDataPoint               7 attributes*   2 start   3 time   4 count   5 sum   6 quantile_values*   8 flags
//   ValueAtQuantile                1 quantile   2 value
//   Exemplar                       2 time   3 as_double | 6 as_int   4 span_id   5 trace_id   7 filtered_attributes*
//
// Times are nanoseconds (fixed64), counts fixed64 unless said otherwise.

/// What all kinds of points have. Views into the message.
struct Point {
    std::string_view attributes;          // the run of encoded fields
    std::vector<std::string_view> loose;  // attribute fields that did not stand together, tags included
    uint64_t start_ns = 0;
    uint64_t time_ns = 0;
    bool no_value = false;  // flag NO_RECORDED_VALUE: the series has ended
    std::vector<std::string_view> exemplars;

    [[nodiscard]] int64_t time_ms() const { return static_cast<int64_t>(time_ns / 1'000'000); }
    [[nodiscard]] int64_t start_ms() const { return static_cast<int64_t>(start_ns / 1'000'000); }
};

struct NumberPoint : Point {
    std::optional<double> value;
};

struct Buckets {
    int32_t offset = 0;
    std::vector<uint64_t> counts;
};

/// An explicit histogram, a summary's or an exponential one's numbers; which are used depends on the kind.
struct DistributionPoint : Point {
    uint64_t count = 0;
    std::optional<double> sum;
    std::vector<uint64_t> bucket_counts;
    std::vector<double> bounds;
    int32_t scale = 0;
    uint64_t zero_count = 0;
    double zero_threshold = 0;
    Buckets positive;
    Buckets negative;
    std::vector<std::pair<double, double>> quantiles;
};

struct ExemplarPoint {
    uint64_t time_ns = 0;
    double value = 0;
    std::string_view span_id;
    std::string_view trace_id;
    std::vector<std::string_view> attributes;  // encoded KeyValues
};

// Into a point that is reused; `invalid` when malformed.
[[nodiscard]] Status read_number(std::string_view message, NumberPoint& out);
[[nodiscard]] Status read_histogram(std::string_view message, DistributionPoint& out);
[[nodiscard]] Status read_exponential(std::string_view message, DistributionPoint& out);
[[nodiscard]] Status read_summary(std::string_view message, DistributionPoint& out);
[[nodiscard]] Result<ExemplarPoint> read_exemplar(std::string_view message);

}  // namespace belfry::ingest::otlp
