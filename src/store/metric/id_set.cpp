#include "store/metric/id_set.h"

namespace belfry::store {

void IdUnion::add(std::span<const uint32_t> ids) {
    if (ids.empty()) return;
    if (!ids_.empty() && ids.front() <= ids_.back()) sorted_ = false;
    ids_.insert(ids_.end(), ids.begin(), ids.end());
}

Ids IdUnion::take() {
    if (!sorted_) {
        const uint32_t highest = *std::max_element(ids_.begin(), ids_.end());
        if (ids_.size() > highest / 256) {
            // dense: a bitmap is cheaper than sorting
            std::vector<uint64_t> bits(highest / 64 + 1);
            for (const uint32_t id : ids_) bits[id / 64] |= 1ULL << (id % 64);
            ids_.clear();
            for (size_t w = 0; w < bits.size(); w++) {
                for (uint64_t word = bits[w]; word != 0; word &= word - 1) {
                    ids_.push_back(static_cast<uint32_t>(w * 64 + static_cast<size_t>(std::countr_zero(word))));
                }
            }
        } else {
            std::sort(ids_.begin(), ids_.end());
            ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
        }
        sorted_ = true;
    }
    return std::exchange(ids_, {});
}

namespace {

// The first position at or after `from` whose id is not below `id`: steps double, so that a short list skips through a long one.
size_t gallop(const Ids& ids, size_t from, uint32_t id) {
    size_t step = 1;
    size_t high = from;
    while (high < ids.size() && ids[high] < id) {
        from = high + 1;
        high += step;
        step *= 2;
    }
    return static_cast<size_t>(
        std::lower_bound(ids.begin() + static_cast<ptrdiff_t>(from), ids.begin() + static_cast<ptrdiff_t>(std::min(high, ids.size())), id) -
        ids.begin());
}

}  // namespace

Ids intersect(const Ids& a, const Ids& b) {
    const Ids& small = a.size() <= b.size() ? a : b;
    const Ids& large = a.size() <= b.size() ? b : a;
    Ids out;
    out.reserve(small.size());
    size_t at = 0;
    for (const uint32_t id : small) {
        at = gallop(large, at, id);
        if (at == large.size()) break;
        if (large[at] == id) out.push_back(id);
    }
    return out;
}

Ids subtract(const Ids& a, const Ids& b) {
    Ids out;
    out.reserve(a.size());
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

Ids unite(const Ids& a, const Ids& b) {
    Ids out;
    out.reserve(a.size() + b.size());
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

}  // namespace belfry::store
