#pragma once

#include "base/result.h"
#include "model/sample.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace belfry::store {

/// What one sample of a batch has beside time and value; mostly nothing.
struct SideOf {
    const std::shared_ptr<const model::Histogram>* histogram = nullptr;
    int64_t start_ms = 0;
    [[nodiscard]] bool any() const { return histogram != nullptr || start_ms != 0; }
};

/// Histograms and start times of the samples in a series' raw buffer, until they are encoded with it. Only series that
/// ever had one have this. A histogram takes some 50 bytes here, as an object 500.
class RawSide {
  public:
    /// What the sample has that is about to be put at `row` of the buffer.
    void append(size_t row, const SideOf& side);
    /// Has the newest sample just the same?
    [[nodiscard]] bool same_as_last(const SideOf& side) const;
    [[nodiscard]] bool empty() const { return histogram_rows_.empty() && starts_.empty(); }
    /// Gives the rows from `at` on in `out`, whose values are there already, what rows [skip, skip + take) of the
    /// buffer have.
    [[nodiscard]] Status unpack(size_t skip, size_t take, model::SampleColumns& out, size_t at) const;
    /// The buffer begins anew.
    void clear();
    [[nodiscard]] uint64_t memory_bytes() const;

  private:
    std::vector<uint16_t> histogram_rows_;
    std::string histograms_;                            // one a row (codec/histogram.h)
    std::vector<std::pair<uint16_t, int64_t>> starts_;  // from this row on; rows before the first have none
    uint64_t last_histogram_ = 0;                       // hash of the newest sample's; 0: it was a float
    int64_t last_start_ms_ = 0;
};

/// The same of samples that came out of order; rows are places in order of arrival.
struct LateSide {
    std::vector<std::pair<uint32_t, std::shared_ptr<const model::Histogram>>> histograms;
    std::vector<std::pair<uint32_t, int64_t>> starts;
    void append(size_t row, const SideOf& side);
};

/// Samples in order of arrival, by time; of equal times the last one.
[[nodiscard]] model::SampleColumns in_order(std::span<const model::Sample> arrived, const LateSide* side);

}  // namespace belfry::store
