#pragma once

#include <cstdint>
#include <vector>

namespace belfry::model {

/// A native histogram (float form): exponential buckets of base 2^(2^-schema), or custom bounds when schema == -53.
struct Histogram {
    enum class ResetHint : uint8_t { unknown, reset, not_reset, gauge };
    struct Span {
        int32_t offset = 0;  // gap to the previous span's end; of the first span: its index
        uint32_t length = 0;
        friend bool operator==(const Span&, const Span&) = default;
    };
    static constexpr int8_t CUSTOM_BOUNDS = -53;

    int8_t schema = 0;
    ResetHint reset_hint = ResetHint::unknown;
    double zero_threshold = 0;
    double zero_count = 0;
    double count = 0;
    double sum = 0;
    std::vector<Span> positive_spans;
    std::vector<Span> negative_spans;
    std::vector<double> positive_buckets;  // absolute counts, one a bucket of the spans
    std::vector<double> negative_buckets;
    std::vector<double> custom_bounds;  // upper bounds without +Inf, ascending; only with CUSTOM_BOUNDS

    [[nodiscard]] size_t bucket_count() const { return positive_buckets.size() + negative_buckets.size(); }
    [[nodiscard]] uint64_t memory_bytes() const {
        return sizeof(*this) + (positive_spans.capacity() + negative_spans.capacity()) * sizeof(Span) +
               (positive_buckets.capacity() + negative_buckets.capacity() + custom_bounds.capacity()) * sizeof(double);
    }

    friend bool operator==(const Histogram&, const Histogram&) = default;
};

}  // namespace belfry::model
