#include "api/prometheus/render.h"
#include "base/number.h"

namespace belfry::api {
namespace {

// How a bucket's bounds belong to it, as the API numbers it.
enum class Bounds { open_left, open_right, open_both, closed_both };

struct Bucket {
    double lower = 0;
    double upper = 0;
    double count = 0;
    Bounds bounds = Bounds::open_left;
};

// Upper bound of the positive bucket `index`: base^index with base 2^(2^-schema); the last finite one is the largest
// double.
double exponential_bound(int32_t index, int8_t schema) {
    double exponent = std::ldexp(static_cast<double>(index), -schema);
    if (exponent > 1024) return std::numeric_limits<double>::infinity();
    if (exponent == 1024) return std::numeric_limits<double>::max();
    return std::exp2(exponent);
}

double custom_bound(const std::vector<double>& bounds, int32_t index) {
    if (index < 0) return -std::numeric_limits<double>::infinity();
    const auto i = static_cast<size_t>(index);
    return i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
}

std::vector<Bucket> side(const model::Histogram& h,
                         const std::vector<model::Histogram::Span>& spans,
                         const std::vector<double>& counts) {
    std::vector<Bucket> out;
    int32_t index = 0;
    size_t at = 0;
    for (const auto& span : spans) {
        index += span.offset;
        for (uint32_t i = 0; i < span.length && at < counts.size(); ++i, ++index, ++at) {
            Bucket bucket{.count = counts[at]};
            if (h.schema == model::Histogram::CUSTOM_BOUNDS) {
                bucket.lower = custom_bound(h.custom_bounds, index - 1);
                bucket.upper = custom_bound(h.custom_bounds, index);
                if (index == 0) bucket.bounds = Bounds::closed_both;
            } else {
                bucket.lower = exponential_bound(index - 1, h.schema);
                bucket.upper = exponential_bound(index, h.schema);
            }
            out.push_back(bucket);
        }
    }
    return out;
}

void append_bucket(std::string& out, const Bucket& bucket) {
    if (bucket.count == 0) return;  // empty buckets are not shown
    if (out.back() != '[') out += ',';
    out += '[';
    out += static_cast<char>('0' + static_cast<int>(bucket.bounds));
    for (const double value : {bucket.lower, bucket.upper, bucket.count}) {
        out += ",\"";
        append_double(out, value);
        out += '"';
    }
    out += ']';
}

}  // namespace

void append_histogram(std::string& out, const model::Histogram& h) {
    out += R"({"count":")";
    append_double(out, h.count);
    out += R"(","sum":")";
    append_double(out, h.sum);
    out += '"';
    auto negative = side(h, h.negative_spans, h.negative_buckets);
    const auto positive = side(h, h.positive_spans, h.positive_buckets);
    std::string buckets = "[";
    std::reverse(negative.begin(), negative.end());
    for (const Bucket& b : negative)
        append_bucket(buckets, {-b.upper, -b.lower, b.count, Bounds::open_right});
    append_bucket(buckets, {-h.zero_threshold, h.zero_threshold, h.zero_count, Bounds::closed_both});
    for (const Bucket& b : positive)
        append_bucket(buckets, b);
    if (buckets.size() > 1) ((out += ",\"buckets\":") += buckets) += ']';
    out += '}';
}

}  // namespace belfry::api
