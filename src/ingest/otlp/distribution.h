#pragma once

#include "ingest/otlp/point.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace belfry::ingest::otlp {

/// What a histogram has counted so far: of one point, or the sum of a delta stream's points.
struct Distribution {
    uint64_t count = 0;
    bool has_sum = false;
    double sum = 0;
    // explicit bounds
    std::vector<double> bounds;
    std::vector<uint64_t> bucket_counts;  // one more than bounds, or none
    // exponential: base 2^(2^-scale); bucket i of `positive` is (base^(offset+i), base^(offset+i+1)]
    bool exponential = false;
    int32_t scale = 0;
    uint64_t zero_count = 0;
    double zero_threshold = 0;
    Buckets positive;
    Buckets negative;

    /// Adds another one of the same stream. False when they cannot be added (explicit bounds that differ).
    [[nodiscard]] bool add(const Distribution& other);
    /// Halves the resolution `steps` times.
    void downscale(int32_t steps);
    [[nodiscard]] size_t memory_bytes() const;
};

/// Schemas of native histograms end at 8; finer ones are downscaled. The coarsest is -4: coarser ones are refused.
constexpr int32_t SCALE_MAX = 8;
constexpr int32_t SCALE_MIN = -4;
/// A sum of exponential histograms is downscaled until it has no more buckets a side than this.
constexpr int64_t BUCKETS_MAX = 4096;
/// Where a sender states none.
constexpr double DEFAULT_ZERO_THRESHOLD = 1e-128;

/// Checks and takes over an explicit or exponential point; "" or a sentence of what is wrong with it.
[[nodiscard]] std::string make_distribution(const DistributionPoint& point, bool exponential, Distribution& out);

/// As a native histogram: exponential ones by schema, explicit bounds as custom buckets.
[[nodiscard]] std::shared_ptr<const model::Histogram> to_native(const Distribution& distribution);
/// One that says that its series has ended.
[[nodiscard]] std::shared_ptr<const model::Histogram> stale_native();

}  // namespace belfry::ingest::otlp
