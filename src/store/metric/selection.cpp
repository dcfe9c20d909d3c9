#include "store/metric/selection.h"

#include "store/metric/merge.h"
#include "store/metric/stats.h"

namespace belfry::store {

StoreSelection::StoreSelection(std::shared_ptr<const StoreView> view, model::TimeRange range, uint64_t column_cache_bytes_max,
                               std::atomic<uint64_t>& corrupt_reads)
    : view_(std::move(view)),
      columns_(column_cache_bytes_max),
      corrupt_reads_(corrupt_reads),
      readers_(view_->parts.size() + view_->seals.size()) {
    const auto is_records = [](const auto& part) { return part->meta.resolution_ms != 0; };
    if (std::any_of(view_->parts.begin(), view_->parts.end(), is_records)) {
        std::unordered_map<std::string_view, model::TimeRange> days;
        for (const auto& entry : view_->manifest->files) {
            days[entry.name] = {entry.first_day * DAY_MS, (static_cast<int64_t>(entry.last_day) + 1) * DAY_MS};
        }
        for (const auto& part : view_->parts) span_of_part_.push_back(days.at(part->name));
    }
    for (size_t i = 0; i < view_->seals.size(); i++) {
        const PartMeta& meta = view_->seals[i]->meta;
        if (meta.samples > 0 && meta.min_ms < range.to_ms && meta.max_ms >= range.from_ms) seals_.push_back(i);
    }
}

// ---------------------------------------------------------------- filling

void StoreSelection::reserve(size_t more) {
    labels_.reserve(labels_.size() + more);
    slots_.reserve(slots_.size() + more);
    if (!use_hashes_) return;
    hashes_.reserve(hashes_.size() + more);
    size_t wanted = 64;
    while (wanted * 7 < (labels_.size() + more) * 10) wanted *= 2;
    if (wanted <= table_.size()) return;
    table_.assign(wanted, 0);
    for (size_t i = 0; i < hashes_.size(); i++) {
        size_t at = hashes_[i].low & (wanted - 1);
        while (table_[at] != 0) at = (at + 1) & (wanted - 1);
        table_[at] = static_cast<uint32_t>(i + 1);
    }
}

std::optional<uint32_t> StoreSelection::find(const Hash128& hash) const {
    const size_t mask = table_.size() - 1;
    for (size_t at = hash.low & mask; table_[at] != 0; at = (at + 1) & mask) {
        if (hashes_[table_[at] - 1] == hash) return table_[at] - 1;
    }
    return std::nullopt;
}

uint32_t StoreSelection::add(const Hash128& hash, model::LabelsView labels, Slot slot) {
    const auto number = static_cast<uint32_t>(labels_.size());
    labels_.push_back(labels);
    slots_.push_back(slot);
    if (use_hashes_) {
        hashes_.push_back(hash);
        const size_t mask = table_.size() - 1;
        size_t at = hash.low & mask;
        while (table_[at] != 0) at = (at + 1) & mask;
        table_[at] = number + 1;
    }
    return number;
}

uint32_t StoreSelection::add_series(const Hash128& hash, std::string_view labels) {
    return add(hash, model::LabelsView(text_.copy(labels)), NO_SLOT);
}

void StoreSelection::add_head_series(Slot slot, const Hash128& hash, std::string_view labels) {
    add(hash, model::LabelsView(text_.copy(labels)), slot);
}

void StoreSelection::add_head_series(std::span<const Slot> slots, std::span<const model::LabelsView> labels, const HeadIndex& index,
                                     std::shared_ptr<const Arena> keep_alive) {
    head_text_ = std::move(keep_alive);
    for (size_t i = 0; i < slots.size(); i++) add(use_hashes_ ? index.hash(slots[i]) : Hash128(), labels[i], slots[i]);
}

void StoreSelection::finish(const std::vector<size_t>& runs) {
    std::vector<uint32_t> order(labels_.size());
    for (size_t i = 0; i < order.size(); i++) order[i] = static_cast<uint32_t>(i);
    const auto by_labels = [&](uint32_t a, uint32_t b) { return model::compare(labels_[a], labels_[b]) < 0; };
    for (size_t r = 1; r < runs.size(); r++) {
        const auto middle = order.begin() + static_cast<ptrdiff_t>(runs[r]);
        const auto end = r + 1 < runs.size() ? order.begin() + static_cast<ptrdiff_t>(runs[r + 1]) : order.end();
        if (middle != end && middle != order.begin()) std::inplace_merge(order.begin(), middle, end, by_labels);
    }
    if (runs.size() == 1) {  // the head alone: sorted already, and nothing lies in parts
        head_place_ = std::move(order);
        refs_begin_.assign(labels_.size() + 1, 0);
        return;
    }
    std::vector<uint32_t> place(order.size());
    std::vector<model::LabelsView> labels(order.size());
    std::vector<Slot> slots(order.size());
    head_place_.resize(order.size());
    for (size_t i = 0; i < order.size(); i++) {
        place[order[i]] = static_cast<uint32_t>(i);
        labels[i] = labels_[order[i]];
        slots[i] = slots_[order[i]];
        head_place_[i] = order[i];  // head series were added first, in the order of their marks
    }
    labels_ = std::move(labels);
    slots_ = std::move(slots);
    hashes_ = {};
    table_ = {};
    refs_begin_.assign(order.size() + 1, 0);
    for (const PartRef& ref : refs_) refs_begin_[place[ref.series] + 1]++;
    for (size_t i = 0; i < order.size(); i++) refs_begin_[i + 1] += refs_begin_[i];
    std::vector<PartRef> sorted(refs_.size());
    std::vector<uint32_t> next(refs_begin_.begin(), refs_begin_.end());
    for (const PartRef& ref : refs_) sorted[next[place[ref.series]]++] = {place[ref.series], ref.part, ref.id};
    for (size_t i = 0; i < order.size(); i++) {
        std::sort(sorted.begin() + refs_begin_[i], sorted.begin() + refs_begin_[i + 1],
                  [](const PartRef& a, const PartRef& b) { return a.part < b.part; });
    }
    refs_ = std::move(sorted);
}

void StoreSelection::hide(const Hidden& hidden, std::string_view tenant, model::TimeRange range) {
    kept_from_.reserve(size());
    erased_begin_.reserve(size() + 1);
    erased_begin_.push_back(0);
    for (const model::LabelsView& labels : labels_) {
        kept_from_.push_back(hidden.kept_from_ms(tenant, labels));
        hidden.erased(tenant, labels, range, erased_);
        erased_begin_.push_back(static_cast<uint32_t>(erased_.size()));
    }
}

uint64_t StoreSelection::memory_bytes() const {
    uint64_t bytes = text_.memory_bytes() + labels_.size() * 40 + refs_.size() * sizeof(PartRef) +
                     erased_.size() * sizeof(HiddenRange) + erased_begin_.size() * 4 + kept_from_.size() * 8;
    for (const auto& marks : marks_) bytes += marks.size() * sizeof(EpochMark);
    return bytes;
}

// ---------------------------------------------------------------- reading

const MetricFile& StoreSelection::file(size_t number) const {
    return number < view_->parts.size() ? *view_->parts[number] : *view_->seals[number - view_->parts.size()];
}

Status StoreSelection::read_file(size_t number, uint32_t id, std::span<const HiddenRange> erased, model::TimeRange range,
                                 model::SampleColumns& out, ReadCounts& counts) const {
    std::unique_ptr<ChunkReader> reader = take_reader(number);
    model::SampleColumns newer;
    model::SampleColumns layer;
    const bool is_first = out.empty();
    model::SampleColumns& older = is_first ? out : layer;
    Status done = reader->read(id, range, older, newer, counts);
    if (done) {
        for (const HiddenRange& gone : erased) {
            if (file(number).meta.seq >= gone.below_seq) continue;
            cut(older, gone.range);
            cut(newer, gone.range);
        }
        if (!is_first) overlay(out, layer);
        overlay(out, newer);
    }
    count_corrupt(done);
    give_back(number, std::move(reader));
    return done;
}

std::unique_ptr<ChunkReader> StoreSelection::take_reader(size_t number) const {
    Readers& readers = readers_[number];
    {
        const std::lock_guard lock(readers.mutex);
        if (!readers.idle.empty()) {
            std::unique_ptr<ChunkReader> reader = std::move(readers.idle.back());
            readers.idle.pop_back();
            return reader;
        }
    }
    return std::make_unique<ChunkReader>(*file(number).file, file(number).number, columns_);
}

void StoreSelection::give_back(size_t number, std::unique_ptr<ChunkReader> reader) const {
    const std::lock_guard lock(readers_[number].mutex);
    readers_[number].idle.push_back(std::move(reader));
}

void StoreSelection::count_corrupt(const Status& done) const {
    if (done || done.error().code != Code::corrupt) return;
    corrupt_reads_.fetch_add(1, std::memory_order_relaxed);
    stats::corrupt_reads.add();
}

// Newest layer first: what an older layer has at the same time does not count, and files that end before are not looked at.
Status StoreSelection::read_newest(size_t i, model::TimeRange range, bool with_value, model::SampleColumns& out,
                                   ReadCounts& counts) const {
    out.clear();
    range = kept(i, range);
    if (!erased_of(i).empty() || has_records(i)) {
        TRY(read(i, range, out, counts));
        if (out.size() > 1) cut(out, {std::numeric_limits<int64_t>::min(), out.times_ms.back()});
        return {};
    }
    const auto found = [&] { range.from_ms = out.times_ms[0] + 1; };
    const auto look_in_file = [&](size_t number, uint32_t id) -> Status {
        const PartMeta& meta = file(number).meta;
        if (range.from_ms >= range.to_ms || meta.min_ms >= range.to_ms || meta.max_ms < range.from_ms) return {};
        std::unique_ptr<ChunkReader> reader = take_reader(number);
        auto done = reader->read_newest(id, range, with_value, out, counts);
        give_back(number, std::move(reader));
        if (!done) {
            Status failed = std::move(done).error();
            count_corrupt(failed);
            return failed;
        }
        if (*done) found();
        return {};
    };
    const Slot slot = slots_[i];
    if (slot != NO_SLOT) {
        for (size_t e = view_->epochs.size(); e-- > 0 && range.from_ms < range.to_ms;) {
            const EpochMark mark = marks_[e][head_place_[i]];
            if (!mark.empty() && TRY(view_->epochs[e]->read_newest(slot, mark, range, with_value, out, counts.bytes))) found();
        }
        for (size_t s = seals_.size(); s-- > 0;) TRY(look_in_file(view_->parts.size() + seals_[s], slot));
    }
    for (uint32_t r = refs_begin_[i + 1]; r-- > refs_begin_[i];) TRY(look_in_file(refs_[r].part, refs_[r].id));
    counts.samples += out.size();
    return {};
}

Status StoreSelection::read(size_t i, model::TimeRange range, model::SampleColumns& out, ReadCounts& counts) const {
    out.clear();
    range = kept(i, range);
    if (range.from_ms >= range.to_ms) return {};
    const std::span<const HiddenRange> erased = erased_of(i);
    if (has_records(i)) return read_with_records(i, range, out, counts);
    for (uint32_t r = refs_begin_[i]; r < refs_begin_[i + 1]; r++) {
        const PartRef& ref = refs_[r];
        const PartMeta& meta = view_->parts[ref.part]->meta;
        if (meta.min_ms >= range.to_ms || meta.max_ms < range.from_ms) continue;
        TRY(read_file(ref.part, ref.id, erased, range, out, counts));
    }
    TRY(read_newer(i, range, out, counts));
    counts.samples += out.size();
    return {};
}

Status StoreSelection::read_newer(size_t i, model::TimeRange range, model::SampleColumns& out, ReadCounts& counts) const {
    const std::span<const HiddenRange> erased = erased_of(i);
    const Slot slot = slots_[i];
    if (slot == NO_SLOT) return {};
    for (const size_t s : seals_) {
        const PartMeta& meta = view_->seals[s]->meta;
        if (meta.min_ms >= range.to_ms || meta.max_ms < range.from_ms) continue;
        TRY(read_file(view_->parts.size() + s, slot, erased, range, out, counts));
    }
    model::SampleColumns layer;
    model::SampleColumns newer;
    for (size_t e = 0; e < view_->epochs.size(); e++) {
        const EpochMark mark = marks_[e][head_place_[i]];
        if (mark.empty()) continue;
        if (out.empty()) {
            TRY(view_->epochs[e]->read(slot, mark, range, out, newer, counts.bytes));
        } else {
            TRY(view_->epochs[e]->read(slot, mark, range, layer, newer, counts.bytes));
            overlay(out, layer);
        }
        overlay(out, newer);
    }
    return {};
}

}  // namespace belfry::store
