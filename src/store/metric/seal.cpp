#include "base/log.h"
#include "store/metric/chunk_table.h"
#include "store/metric/exemplar_table.h"
#include "store/metric/series_table.h"
#include "store/metric/stats.h"
#include "store/metric/store_impl.h"

namespace belfry::store {
namespace {

constexpr model::TimeRange ALL_TIME{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};

}  // namespace

Status MetricStoreImpl::seal_now() {
    freeze();
    while (!frozen_.empty()) {
        const int64_t start_ns = clock_.monotonic_ns();
        set_work("seal the head", 0);
        auto written = write_seal(frozen_.front());
        set_work("", 0);
        if (!written) return std::move(written).error().context("seal the head");
        stats::seal_seconds.observe_ns(clock_.monotonic_ns() - start_ns);
        frozen_.erase(frozen_.begin());
    }
    last_seal_ms_ = clock_.monotonic_ms();
    return {};
}

// From here on samples go to a new epoch. Readers see the old one until its file is published.
void MetricStoreImpl::freeze() {
    const std::lock_guard lock(write_mutex_);
    const uint64_t already = frozen_.empty() ? covered_offset() : frozen_.back().covered_offset;
    if (applied_offset() == already) return;
    Frozen f;
    f.epoch = live_;
    f.covered_offset = applied_offset();
    f.changed_slots = std::exchange(changed_slots_, {});
    std::sort(f.changed_slots.begin(), f.changed_slots.end());
    f.changed_slots.erase(std::unique(f.changed_slots.begin(), f.changed_slots.end()), f.changed_slots.end());
    {
        const std::lock_guard metadata_lock(metadata_mutex_);
        for (const MetadataKey& key : changed_metadata_) f.changed_metadata.push_back(metadata_.at(key));
        changed_metadata_.clear();
    }
    live_ = std::make_shared<HeadEpoch>(options_.config);
    auto next = std::make_shared<StoreView>(*view());
    next->epochs.push_back(live_);
    set_view(std::move(next));
    frozen_.push_back(std::move(f));
}

Status MetricStoreImpl::write_seal(const Frozen& frozen) {
    const std::shared_ptr<const StoreView> before = view();
    Manifest manifest = *before->manifest;
    manifest.covered_offset = frozen.covered_offset;
    manifest.next_head_id = next_head_id();
    auto next = std::make_shared<StoreView>(*before);
    std::erase(next->epochs, frozen.epoch);

    const HeadEpoch& epoch = *frozen.epoch;
    if (epoch.samples() == 0 && epoch.exemplars().count() == 0 && frozen.changed_slots.empty() && frozen.changed_metadata.empty()) {
        return publish(std::move(next), std::move(manifest));
    }
    crash_point("seal.begin");
    PartMeta meta;
    meta.kind = MetricFileKind::seal;
    meta.seq = manifest.next_seq++;
    const std::string name = fmt::format("seal-{:010}.mdb", meta.seq);
    auto builder = TRY(kv::Builder::create(path(name), SEAL_TABLES));
    ChunkWriter chunks(builder);
    struct SlotRange {
        Slot slot;
        int64_t min_ms;
        int64_t max_ms;
    };
    std::vector<SlotRange> ranges;
    model::SampleColumns samples;
    model::SampleColumns newer;
    std::vector<Slot> slots;
    std::vector<EpochMark> marks;
    const size_t bound = epoch.slot_bound();
    constexpr size_t STEP = 256;
    for (size_t begin = 0; begin < bound; begin += STEP) {
        slots.clear();
        for (size_t s = begin; s < std::min(bound, begin + STEP); s++) slots.push_back(static_cast<Slot>(s));
        epoch.mark(slots, ALL_TIME, marks);
        for (size_t i = 0; i < slots.size(); i++) {
            if (marks[i].empty()) continue;
            uint64_t bytes = 0;
            TRY(epoch.read(slots[i], marks[i], ALL_TIME, samples, newer, bytes));
            SlotRange range{slots[i], std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
            for (const auto* layer : {&samples, &newer}) {
                if (layer->empty()) continue;
                TRY(chunks.add(slots[i], layer == &newer, *layer));
                range.min_ms = std::min(range.min_ms, layer->times_ms.front());
                range.max_ms = std::max(range.max_ms, layer->times_ms.back());
            }
            if (range.min_ms <= range.max_ms) ranges.push_back(range);
        }
    }
    TRY(chunks.finish());
    TRY(write_series_table(builder, index_, frozen.changed_slots));
    TRY(write_metadata_table(builder, frozen.changed_metadata));
    ExemplarWriter exemplars(builder, SEAL_EXM);
    for (const auto& [slot, of_slot] : epoch.exemplars().all()) TRY(exemplars.add(slot, of_slot));
    TRY(exemplars.finish());
    const ChunkTotals& totals = chunks.totals();
    meta.min_ms = totals.samples > 0 ? totals.min_ms : 0;
    meta.max_ms = totals.samples > 0 ? totals.max_ms : 0;
    meta.samples = totals.samples;
    meta.series = ranges.size();
    TRY(builder.append(META, "meta", meta.encode()));
    crash_point("seal.before_sync");
    const uint64_t bytes = TRY(builder.finish());
    stats::bytes_written.add(bytes);
    crash_point("seal.written");

    next->seals.push_back(TRY(open_metric_file(options_.dir, name, MetricFileKind::seal)));
    {
        const std::shared_lock lock(index_.mutex());
        for (const SlotRange& r : ranges) index_.widen(r.slot, r.min_ms, r.max_ms);
    }
    manifest.files.push_back({name, MetricFileKind::seal, meta.seq, 0, 0, meta.min_ms, meta.max_ms, meta.series, meta.samples, bytes});
    TRY(publish(std::move(next), std::move(manifest)));
    crash_point("seal.published");
    log_debug("store", "head sealed", {{"file", name}, {"samples", meta.samples}, {"series", meta.series}, {"bytes", bytes}});
    return {};
}

Result<uint64_t> MetricStoreImpl::write_series_file(const std::string& name, uint64_t seq, const std::vector<Slot>& slots) {
    std::vector<model::MetricMetadata> metadata;
    {
        const std::lock_guard lock(metadata_mutex_);
        for (const auto& [key, m] : metadata_) metadata.push_back(m);
    }
    auto builder = TRY(kv::Builder::create(path(name), SEAL_TABLES));
    TRY(write_series_table(builder, index_, slots));
    TRY(write_metadata_table(builder, metadata));
    PartMeta meta;
    meta.kind = MetricFileKind::series;
    meta.seq = seq;
    meta.series = slots.size();
    TRY(builder.append(META, "meta", meta.encode()));
    const uint64_t bytes = TRY(builder.finish());
    stats::bytes_written.add(bytes);
    return bytes;
}

}  // namespace belfry::store
