#pragma once

#include "model/histogram.h"
#include "model/sample.h"

#include <memory>
#include <random>
#include <vector>

namespace belfry::tests {

/// Histograms as a client would send them one after the other: counts grow, now and then the layout changes or the
/// counter is reset; some count in fractions.
class RandomHistograms {
  public:
    explicit RandomHistograms(uint64_t seed) : random_(seed) { begin(); }
    std::shared_ptr<const model::Histogram> next() {
        if (random_() % 40 == 0) begin();
        for (auto* buckets : {&now_.positive_buckets, &now_.negative_buckets})
            for (double& bucket : *buckets)
                grow(bucket);
        if (now_.schema != model::Histogram::CUSTOM_BOUNDS) grow(now_.zero_count);
        now_.count = now_.zero_count;
        for (const auto* buckets : {&now_.positive_buckets, &now_.negative_buckets})
            for (const double bucket : *buckets)
                now_.count += bucket;
        now_.sum = static_cast<double>(random_() % 100'000) / 8;
        auto out = std::make_shared<model::Histogram>(now_);
        switch (random_() % 100) {
            case 0: out->count += 3; break;  // not what the buckets hold
            case 1: out->sum = std::bit_cast<double>(0x7ff8000000000001ULL); break;
            case 2: out->reset_hint = model::Histogram::ResetHint::reset; break;
            case 3: out->reset_hint = model::Histogram::ResetHint::gauge; break;
            default: break;
        }
        return out;
    }

  private:
    void begin() {
        now_ = {};
        fractions_ = random_() % 4 == 0;
        if (random_() % 4 == 0) {
            now_.schema = model::Histogram::CUSTOM_BOUNDS;
            const size_t bounds = 1 + random_() % 8;
            for (size_t i = 0; i < bounds; i++)
                now_.custom_bounds.push_back(static_cast<double>(i + 1) * 0.25);
            now_.positive_spans = {{0, static_cast<uint32_t>(bounds + 1)}};
            now_.positive_buckets.assign(bounds + 1, 0);
            return;
        }
        now_.schema = static_cast<int8_t>(static_cast<int>(random_() % 13) - 4);
        now_.zero_threshold = random_() % 2 == 0 ? 0x1p-128 : 0.001;
        now_.positive_spans = {{static_cast<int32_t>(random_() % 20) - 10, static_cast<uint32_t>(1 + random_() % 12)},
                               {static_cast<int32_t>(random_() % 5), static_cast<uint32_t>(random_() % 5)}};
        now_.positive_buckets.assign(now_.positive_spans[0].length + now_.positive_spans[1].length, 0);
        if (random_() % 3 == 0) {
            now_.negative_spans = {{-3, 2}};
            now_.negative_buckets.assign(2, 0);
        }
    }
    void grow(double& bucket) {
        if (random_() % 3 == 0) return;
        bucket += static_cast<double>(random_() % 20);
        if (fractions_) bucket += 0.1;
    }
    std::mt19937_64 random_;
    model::Histogram now_;
    bool fractions_ = false;
};

/// Equal to the last bit, also where a value is NaN.
inline bool same_bits(const model::Histogram& a, const model::Histogram& b) {
    const auto bits = [](double v) { return std::bit_cast<uint64_t>(v); };
    const auto columns = [&](const std::vector<double>& x, const std::vector<double>& y) {
        return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                          [&](double v, double w) { return bits(v) == bits(w); });
    };
    return a.schema == b.schema && a.reset_hint == b.reset_hint && bits(a.zero_threshold) == bits(b.zero_threshold) &&
           bits(a.zero_count) == bits(b.zero_count) && bits(a.count) == bits(b.count) && bits(a.sum) == bits(b.sum) &&
           a.positive_spans == b.positive_spans && a.negative_spans == b.negative_spans &&
           columns(a.positive_buckets, b.positive_buckets) && columns(a.negative_buckets, b.negative_buckets) &&
           columns(a.custom_bounds, b.custom_bounds);
}
inline bool same_bits(const std::shared_ptr<const model::Histogram>& a,
                      const std::shared_ptr<const model::Histogram>& b) {
    return (a == nullptr) == (b == nullptr) && (a == nullptr || same_bits(*a, *b));
}

}  // namespace belfry::tests
