#include "store/metric/merge.h"
#include "store/metric/records.h"
#include "store/metric/selection.h"

// A series whose days were down-sampled lies in levels: what was received, records of 5 minutes, of an hour. Which one
// is read is decided span by span, by the hints of the selection.

namespace belfry::store {
namespace {

constexpr int64_t RECORD_SPAN_MS_MAX = 86'400'000;

bool has_histograms(const model::SampleColumns& samples) {
    return std::any_of(samples.histograms.begin(), samples.histograms.end(),
                       [](const auto& h) { return h != nullptr; });
}

}  // namespace

bool StoreSelection::has_records(size_t i) const {
    if (span_of_part_.empty()) return false;
    for (uint32_t r = refs_begin_[i]; r < refs_begin_[i + 1]; r++) {
        if (view_->parts[refs_[r].part]->meta.resolution_ms != 0) return true;
    }
    return false;
}

std::vector<StoreSelection::Levels> StoreSelection::levels_of(size_t i) const {
    std::map<int64_t, Levels> spans;
    std::map<int64_t, uint64_t> records_seq;
    for (uint32_t r = refs_begin_[i]; r < refs_begin_[i + 1]; r++) {
        const PartMeta& meta = view_->parts[refs_[r].part]->meta;
        if (meta.resolution_ms == 0) continue;
        const int64_t day = span_of_part_[refs_[r].part].from_ms;
        spans[day].records.emplace(static_cast<int64_t>(meta.resolution_ms), refs_[r]);
        records_seq[day] = std::max(records_seq[day], meta.seq);
    }
    for (uint32_t r = refs_begin_[i]; r < refs_begin_[i + 1]; r++) {
        const PartMeta& meta = view_->parts[refs_[r].part]->meta;
        const int64_t day = span_of_part_[refs_[r].part].from_ms;
        Levels& levels = spans[day];
        levels.days = span_of_part_[refs_[r].part];
        if (meta.resolution_ms != 0) continue;
        (meta.seq < records_seq[day] ? levels.received : levels.later).push_back(refs_[r]);
    }
    std::vector<Levels> out;
    for (auto& [day, levels] : spans)
        out.push_back(std::move(levels));
    return out;
}

const StoreSelection::PartRef* StoreSelection::choose(const Levels& levels, bool& fits) const {
    for (auto it = levels.records.rbegin(); it != levels.records.rend(); ++it) {
        fits = hints_.fits(it->first);
        if (fits) return &it->second;
    }
    fits = false;
    return levels.records.empty() ? nullptr : &levels.records.begin()->second;
}

model::CoarseSamples StoreSelection::coarse(size_t i) const {
    model::CoarseSamples out;
    if (!has_records(i)) return out;
    for (const Levels& levels : levels_of(i)) {
        bool fits = false;
        const PartRef* ref = choose(levels, fits);
        if (fits || !levels.is_replaced()) continue;
        out.span_ms = std::max(out.span_ms, static_cast<int64_t>(view_->parts[ref->part]->meta.resolution_ms));
        out.until_ms = std::max(out.until_ms, levels.days.to_ms);
    }
    return out;
}

Status StoreSelection::read_level(const PartRef& ref,
                                  std::span<const HiddenRange> erased,
                                  model::TimeRange range,
                                  model::SampleRecords& out,
                                  ReadCounts& counts) const {
    const PartMeta& meta = view_->parts[ref.part]->meta;
    const auto span_ms = static_cast<int64_t>(meta.resolution_ms);
    std::unique_ptr<ChunkReader> reader = take_reader(ref.part);
    const Status done = reader->read_records(ref.id, span_ms, range, out, counts);
    count_corrupt(done);
    give_back(ref.part, std::move(reader));
    TRY(Status(done));
    // records that are erased as a whole; of the others nothing can be taken away
    std::erase_if(out, [&](const model::SampleRecord& r) {
        return std::any_of(erased.begin(), erased.end(), [&](const HiddenRange& gone) {
            return meta.seq < gone.below_seq && gone.range.from_ms <= r.end_ms - span_ms + 1 &&
                   gone.range.to_ms > r.end_ms;
        });
    });
    return {};
}

Status StoreSelection::read_received(std::span<const PartRef> refs,
                                     std::span<const HiddenRange> erased,
                                     model::TimeRange range,
                                     model::SampleColumns& out,
                                     ReadCounts& counts) const {
    for (const PartRef& ref : refs) {
        const PartMeta& meta = view_->parts[ref.part]->meta;
        if (meta.min_ms >= range.to_ms || meta.max_ms < range.from_ms) continue;
        TRY(read_file(ref.part, ref.id, erased, range, out, counts));
    }
    return {};
}

Status StoreSelection::read_with_records(size_t i,
                                         model::TimeRange range,
                                         model::SampleColumns& out,
                                         ReadCounts& counts) const {
    const std::span<const HiddenRange> erased = erased_of(i);
    for (const Levels& levels : levels_of(i)) {
        bool fits = false;
        const PartRef* ref = choose(levels, fits);
        const bool by_records = levels.is_replaced() || (fits && levels.later.empty());
        model::SampleColumns samples;
        if (by_records) {
            model::SampleRecords records;
            TRY(read_level(*ref, erased, range, records, counts));
            append_last_samples(records, samples);
            trim(samples, range);
        } else {
            TRY(read_received(levels.received, erased, range, samples, counts));
        }
        TRY(read_received(levels.later, erased, range, samples, counts));
        overlay(out, samples);
    }
    TRY(read_newer(i, range, out, counts));
    counts.samples += out.size();
    return {};
}

Result<bool> StoreSelection::read_records(size_t i,
                                          model::TimeRange range,
                                          model::SampleRecords& out,
                                          ReadCounts& counts) const {
    out.clear();
    if (!has_records(i)) return false;
    range = kept(i, range);
    if (range.from_ms >= range.to_ms) return true;
    const std::span<const HiddenRange> erased = erased_of(i);
    // records at the edges reach out of the range; what came later for them must be seen, too
    model::SampleColumns newer;
    TRY(read_newer(i, {range.from_ms, range.to_ms + RECORD_SPAN_MS_MAX}, newer, counts));
    if (has_histograms(newer)) return false;
    size_t used = 0;  // of newer
    const auto add_newer = [&](int64_t to_ms) {
        for (; used < newer.size() && newer.times_ms[used] < to_ms; used++) {
            if (range.contains(newer.times_ms[used])) add_sample_record(newer.times_ms[used], newer.values[used], out);
        }
    };
    model::SampleRecords records;
    for (const Levels& levels : levels_of(i)) {
        add_newer(levels.days.from_ms);
        model::SampleColumns samples;
        model::SampleColumns late;
        for (; used < newer.size() && newer.times_ms[used] < levels.days.to_ms; used++) {
            late.times_ms.push_back(newer.times_ms[used]);
            late.values.push_back(newer.values[used]);
        }
        bool fits = false;
        const PartRef* ref = choose(levels, fits);
        const bool by_records = levels.is_replaced() || (fits && levels.later.empty() && late.empty());
        if (!by_records) {
            TRY(read_received(levels.received, erased, range, samples, counts));
            TRY(read_received(levels.later, erased, range, samples, counts));
            overlay(samples, late);
            if (has_histograms(samples)) return false;
            for (size_t k = 0; k < samples.size(); k++) {
                if (range.contains(samples.times_ms[k])) add_sample_record(samples.times_ms[k], samples.values[k], out);
            }
            continue;
        }
        records.clear();
        TRY(read_level(*ref, erased, range, records, counts));
        const auto span_ms = static_cast<int64_t>(view_->parts[ref->part]->meta.resolution_ms);
        TRY(read_received(levels.later, erased, {range.from_ms, range.to_ms + span_ms}, samples, counts));
        overlay(samples, late);
        absorb_samples(records, span_ms, samples);
        for (const model::SampleRecord& r : records) {
            if (r.count > 0 && r.end_ms >= range.from_ms && r.end_ms - span_ms + 1 < range.to_ms) out.push_back(r);
        }
    }
    add_newer(std::numeric_limits<int64_t>::max());
    counts.samples += out.size();
    return true;
}

}  // namespace belfry::store
