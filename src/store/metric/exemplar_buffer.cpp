#include "store/metric/exemplar_buffer.h"

namespace belfry::store {
namespace {

uint64_t memory_of(const model::Exemplar& exemplar) {
    return sizeof(exemplar) + exemplar.labels.bytes().capacity() + sizeof(Slot);
}

bool same(const model::Exemplar& a, const model::Exemplar& b) {
    return a.time_ms == b.time_ms && std::bit_cast<uint64_t>(a.value) == std::bit_cast<uint64_t>(b.value) &&
           a.labels == b.labels;
}

}  // namespace

void ExemplarBuffer::drop_oldest(Series& series) {
    bytes_ -= memory_of(series.exemplars.front());
    series.exemplars.pop_front();
    count_--;
}

uint64_t ExemplarBuffer::add(Slot slot, const model::Exemplar& exemplar) {
    const std::lock_guard lock(mutex_);
    if (per_series_max_ == 0 || in_all_max_ == 0) return 1;
    Series& series = series_[slot];
    for (auto it = series.exemplars.rbegin(); it != series.exemplars.rend(); ++it)
        if (same(*it, exemplar)) return 0;
    uint64_t gone = 0;
    if (series.exemplars.size() >= per_series_max_) {
        drop_oldest(series);
        series.given_way++;
        gone++;
    }
    series.exemplars.push_back(exemplar);
    bytes_ += memory_of(exemplar);
    count_++;
    arrivals_.push_back(slot);
    while (count_ > in_all_max_) {
        Series& oldest = series_.at(arrivals_.front());
        if (oldest.given_way > 0) {
            oldest.given_way--;
        } else {
            drop_oldest(oldest);
            gone++;
        }
        arrivals_.pop_front();
    }
    return gone;
}

std::vector<model::Exemplar> ExemplarBuffer::of(Slot slot) const {
    const std::lock_guard lock(mutex_);
    const auto it = series_.find(slot);
    if (it == series_.end()) return {};
    std::vector<model::Exemplar> out(it->second.exemplars.begin(), it->second.exemplars.end());
    put_in_order(out);
    return out;
}

std::vector<SlotExemplars> ExemplarBuffer::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<SlotExemplars> out;
    for (const auto& [slot, series] : series_) {
        if (series.exemplars.empty()) continue;
        out.emplace_back(slot, std::vector<model::Exemplar>(series.exemplars.begin(), series.exemplars.end()));
        put_in_order(out.back().second);
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return out;
}

std::vector<Slot> ExemplarBuffer::slots() const {
    const std::lock_guard lock(mutex_);
    std::vector<Slot> out;
    for (const auto& [slot, series] : series_)
        if (!series.exemplars.empty()) out.push_back(slot);
    return out;
}

uint64_t ExemplarBuffer::count() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

uint64_t ExemplarBuffer::memory_bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_ + series_.size() * (sizeof(Series) + 64);
}

void put_in_order(std::vector<model::Exemplar>& exemplars) {
    std::sort(exemplars.begin(), exemplars.end(), [](const model::Exemplar& a, const model::Exemplar& b) {
        if (a.time_ms != b.time_ms) return a.time_ms < b.time_ms;
        if (const int order = model::compare(a.labels, b.labels); order != 0) return order < 0;
        return std::bit_cast<uint64_t>(a.value) < std::bit_cast<uint64_t>(b.value);
    });
    exemplars.erase(std::unique(exemplars.begin(), exemplars.end(), same), exemplars.end());
}

}  // namespace belfry::store
