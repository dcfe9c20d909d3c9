#pragma once

#include "model/sample.h"
#include "model/sample_record.h"

#include <cstdint>
#include <vector>

namespace belfry::api::monasca {

/// What the samples of one span of time come to.
struct Bucket {
    int64_t start_ms = 0;
    double count = 0;
    double sum = 0;
    double min = 0;
    double max = 0;

    void add(double value) {
        min = count == 0 ? value : std::min(min, value);
        max = count == 0 ? value : std::max(max, value);
        count++;
        sum += value;
    }
    void add(const Bucket& other) {
        if (other.count == 0) return;
        min = count == 0 ? other.min : std::min(min, other.min);
        max = count == 0 ? other.max : std::max(max, other.max);
        count += other.count;
        sum += other.sum;
    }
};

/// Ascending; without empty ones. Buckets begin at multiples of the period since the epoch.
using Buckets = std::vector<Bucket>;

[[nodiscard]] Buckets buckets_of(const model::SampleColumns& samples, int64_t period_ms);
/// A record counts where it ends: its last moment is the first of the next bucket at most.
[[nodiscard]] Buckets buckets_of(const model::SampleRecords& records, int64_t period_ms);
/// All of them put together; takes them.
[[nodiscard]] Buckets merge(std::vector<Buckets> parts);

}  // namespace belfry::api::monasca
