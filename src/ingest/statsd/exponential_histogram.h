#pragma once

#include "model/histogram.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace belfry::ingest::statsd {

/// Counts observations into a native histogram: at first buckets that grow by 9 % each (schema 3), coarser ones when
/// there would be more than `BUCKETS_MAX`. Counts have weights, for a sampled observation stands for several.
class ExponentialHistogram {
  public:
    static constexpr int8_t SCHEMA_FIRST = 3;
    static constexpr int8_t SCHEMA_LAST = -4;  // the coarsest there is
    static constexpr size_t BUCKETS_MAX = 160;
    static constexpr double ZERO_THRESHOLD = 0x1p-128;

    /// `value` is finite, `weight` above 0.
    void add(double value, double weight);
    /// The same object until the next `add`.
    [[nodiscard]] std::shared_ptr<const model::Histogram> snapshot();
    [[nodiscard]] int8_t schema() const { return schema_; }

    /// What a histogram is before anything was observed.
    [[nodiscard]] static std::shared_ptr<const model::Histogram> empty();

  private:
    struct Bucket {
        int32_t index = 0;
        double count = 0;
    };
    using Buckets = std::vector<Bucket>;  // ascending
    static void count(Buckets& buckets, int32_t index, double weight);
    static void halve(Buckets& buckets);
    static void write(const Buckets& buckets, std::vector<model::Histogram::Span>& spans, std::vector<double>& counts);

    int8_t schema_ = SCHEMA_FIRST;
    double zero_count_ = 0;
    double count_ = 0;
    double sum_ = 0;
    Buckets positive_;
    Buckets negative_;
    std::shared_ptr<const model::Histogram> snapshot_;
};

/// The index of the bucket (2^((i-1)/2^schema), 2^(i/2^schema)] that holds a magnitude above 0.
[[nodiscard]] int32_t bucket_index(double magnitude, int8_t schema);

}  // namespace belfry::ingest::statsd
