#include "query/promql/quantile_bucket.h"

namespace belfry::promql {
namespace {

constexpr double NONE = std::numeric_limits<double>::quiet_NaN();
// Differences of this relative size between neighbours come from rounding in sums of rates.
constexpr double ROUNDING = 1e-12;

bool nearly_equal(double a, double b) {
    if (a == b) return true;
    const double size = std::fabs(a) + std::fabs(b);
    const double difference = std::fabs(a - b);
    if (a == 0 || b == 0 || size < std::numeric_limits<double>::min()) return difference < ROUNDING * std::numeric_limits<double>::min();
    return difference / std::min(size, std::numeric_limits<double>::max()) < ROUNDING;
}

// True when a count really fell.
bool make_monotonic(std::vector<Bucket>& buckets) {
    bool forced = false;
    double previous = buckets[0].count;
    for (size_t b = 1; b < buckets.size(); b++) {
        double& count = buckets[b].count;
        if (count == previous) continue;
        if (nearly_equal(previous, count)) {
            count = previous;
        } else if (count < previous) {
            count = previous;
            forced = true;
        } else {
            previous = count;
        }
    }
    return forced;
}

}  // namespace

double bucket_quantile(double q, std::vector<Bucket>& buckets, bool& forced) {
    if (std::isnan(q)) return NONE;
    if (q < 0) return -std::numeric_limits<double>::infinity();
    if (q > 1) return std::numeric_limits<double>::infinity();
    if (!std::isinf(buckets.back().upper) || buckets.back().upper < 0) return NONE;
    forced = make_monotonic(buckets) || forced;
    if (buckets.size() < 2) return NONE;
    const double observations = buckets.back().count;
    if (observations == 0) return NONE;
    double rank = q * observations;
    size_t b = 0;
    while (b < buckets.size() - 1 && !(buckets[b].count >= rank)) b++;
    if (b == buckets.size() - 1) return buckets[buckets.size() - 2].upper;
    if (b == 0 && buckets[0].upper <= 0) return buckets[0].upper;
    double start = 0;
    double count = buckets[b].count;
    if (b > 0) {
        start = buckets[b - 1].upper;
        count -= buckets[b - 1].count;
        rank -= buckets[b - 1].count;
    }
    return start + (buckets[b].upper - start) * (rank / count);
}

double bucket_fraction(double lower, double upper, const std::vector<Bucket>& buckets) {
    if (!std::isinf(buckets.back().upper) || buckets.back().upper < 0) return NONE;
    const double count = buckets.back().count;
    if (count == 0 || std::isnan(lower) || std::isnan(upper)) return NONE;
    if (lower >= upper) return 0;
    // Observations up to `value`, linear inside its bucket.
    const auto rank_of = [&](double value) {
        double below = 0;
        double start = buckets[0].upper > 0 ? 0 : -std::numeric_limits<double>::infinity();
        for (const Bucket& bucket : buckets) {
            if (start >= value) return below;
            if (value < bucket.upper) {
                if (std::isinf(start) || std::isinf(bucket.upper)) return below;
                return below + (bucket.count - below) * (value - start) / (bucket.upper - start);
            }
            below = bucket.count;
            start = bucket.upper;
        }
        return std::min(below, count);
    };
    return (rank_of(upper) - rank_of(lower)) / count;
}

}  // namespace belfry::promql
