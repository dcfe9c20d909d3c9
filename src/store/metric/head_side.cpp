#include "store/metric/head_side.h"

#include "base/hash.h"
#include "codec/histogram.h"

namespace belfry::store {
namespace {

uint64_t hash_of(std::string_view record, double sum) {
    return hash64(record, std::bit_cast<uint64_t>(sum)) | 1;  // 0 says float
}

}  // namespace

void RawSide::append(size_t row, const SideOf& side) {
    last_histogram_ = 0;
    if (side.histogram != nullptr) {
        const size_t before = histograms_.size();
        codec::put_histogram(**side.histogram, histograms_);
        histogram_rows_.push_back(static_cast<uint16_t>(row));
        last_histogram_ = hash_of(std::string_view(histograms_).substr(before), (*side.histogram)->sum);
    }
    const int64_t known = starts_.empty() ? 0 : starts_.back().second;
    if (side.start_ms != known) starts_.emplace_back(static_cast<uint16_t>(row), side.start_ms);
    last_start_ms_ = side.start_ms;
}

bool RawSide::same_as_last(const SideOf& side) const {
    if (side.start_ms != last_start_ms_) return false;
    if (side.histogram == nullptr || last_histogram_ == 0) return side.histogram == nullptr && last_histogram_ == 0;
    std::string record;
    codec::put_histogram(**side.histogram, record);
    return hash_of(record, (*side.histogram)->sum) == last_histogram_;
}

Status RawSide::unpack(size_t skip, size_t take, model::SampleColumns& out, size_t at) const {
    if (!starts_.empty() && starts_.front().first < skip + take) {
        out.start_times_ms.resize(out.size());
        for (size_t i = 0; i < starts_.size(); i++) {
            const size_t from = std::max<size_t>(starts_[i].first, skip);
            const size_t to = std::min(i + 1 < starts_.size() ? starts_[i + 1].first : skip + take, skip + take);
            for (size_t row = from; row < to; row++)
                out.start_times_ms[at + (row - skip)] = starts_[i].second;
        }
    }
    if (histogram_rows_.empty()) return {};
    out.histograms.resize(out.size());
    ByteReader in(histograms_);
    for (const uint16_t row : histogram_rows_) {
        if (row >= skip + take) break;
        auto histogram = std::make_shared<model::Histogram>();
        if (!codec::get_histogram(in, *histogram)) return make_error(Code::corrupt, "a histogram in memory");
        if (row < skip) continue;
        histogram->sum = out.values[at + (row - skip)];
        out.histograms[at + (row - skip)] = std::move(histogram);
    }
    return {};
}

void RawSide::clear() {
    histogram_rows_.clear();
    histograms_.clear();
    starts_.clear();
}

uint64_t RawSide::memory_bytes() const {
    return sizeof(*this) + histogram_rows_.capacity() * sizeof(uint16_t) + histograms_.capacity() +
           starts_.capacity() * 16;
}

void LateSide::append(size_t row, const SideOf& side) {
    if (side.histogram != nullptr) histograms.emplace_back(static_cast<uint32_t>(row), *side.histogram);
    if (side.start_ms != 0) starts.emplace_back(static_cast<uint32_t>(row), side.start_ms);
}

model::SampleColumns in_order(std::span<const model::Sample> arrived, const LateSide* side) {
    std::vector<uint32_t> order(arrived.size());
    for (size_t i = 0; i < order.size(); i++)
        order[i] = static_cast<uint32_t>(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return arrived[a].time_ms < arrived[b].time_ms; });
    model::SampleColumns out;
    std::vector<uint32_t> place(arrived.size(), UINT32_MAX);  // in `out`; those that were overwritten have none
    for (size_t i = 0; i < order.size(); i++) {
        const model::Sample& sample = arrived[order[i]];
        if (i + 1 < order.size() && arrived[order[i + 1]].time_ms == sample.time_ms) continue;  // last write wins
        place[order[i]] = static_cast<uint32_t>(out.size());
        out.times_ms.push_back(sample.time_ms);
        out.values.push_back(sample.value);
    }
    if (side == nullptr) return out;
    for (const auto& [row, histogram] : side->histograms) {
        if (row >= place.size() || place[row] == UINT32_MAX) continue;
        out.histograms.resize(out.size());
        out.histograms[place[row]] = histogram;
    }
    for (const auto& [row, start_ms] : side->starts) {
        if (row >= place.size() || place[row] == UINT32_MAX) continue;
        out.start_times_ms.resize(out.size());
        out.start_times_ms[place[row]] = start_ms;
    }
    return out;
}

}  // namespace belfry::store
