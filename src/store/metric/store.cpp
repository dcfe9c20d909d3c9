#include "base/log.h"
#include "store/metric/part_meta.h"
#include "store/metric/stats.h"
#include "store/metric/store_impl.h"

namespace belfry::store {

Result<std::unique_ptr<MetricStore>> MetricStore::open(FileSystem& files, Clock& clock, Options options) {
    TRY(files.make_dirs(options.dir));
    auto store = std::make_unique<MetricStoreImpl>(files, clock, std::move(options));
    TRY(store->recover().context("open the metric store"));
    return std::unique_ptr<MetricStore>(std::move(store));
}

MetricStoreImpl::MetricStoreImpl(FileSystem& files, Clock& clock, Options options)
    : files_(files),
      clock_(clock),
      options_(std::move(options)),
      last_seal_ms_(clock.monotonic_ms()),
      last_fold_ms_(clock.monotonic_ms()),
      last_keep_ms_(clock.monotonic_ms()),
      live_(std::make_shared<HeadEpoch>(options_.config)),
      last_apply_ms_(clock.monotonic_ms()) {}

Status MetricStoreImpl::apply(const model::MetricBatch& batch, uint64_t offset) {
    if (offset < applied_offset()) return {};
    if (!batch.deletions.empty()) TRY(erase(batch).context("erase series"));
    const std::lock_guard lock(write_mutex_);
    if (!batch.series.empty()) {
        const std::lock_guard index_lock(index_.mutex());
        record_day_.store(std::max(record_day_.load(), batch.series_day));
        for (const auto& series : batch.series) {
            const model::LabelsView labels = batch.labels(series);
            if (!model::Labels::is_canonical(labels.bytes())) {
                return make_error(Code::corrupt, "record {}: labels of series {} are not canonical", offset, series.id);
            }
            changed_slots_.push_back(index_.add(series.id, labels, batch.series_day));
        }
        stats::head_series.set(static_cast<double>(index_.series_count()));
    }
    if (!batch.metadata.empty()) {
        const std::lock_guard metadata_lock(metadata_mutex_);
        for (const model::MetricMetadata& m : batch.metadata) {
            MetadataKey key(m.tenant, m.name);
            const auto it = metadata_.find(key);
            if (it != metadata_.end() ? it->second == m : metadata_.size() >= options_.config.metadata_max) continue;
            metadata_[key] = m;
            changed_metadata_.insert(std::move(key));
        }
    }
    const HeadEpoch::Applied done = live_->apply(batch, index_);
    applied_samples_.fetch_add(done.samples, std::memory_order_relaxed);
    out_of_order_samples_.fetch_add(done.out_of_order, std::memory_order_relaxed);
    dropped_samples_.fetch_add(done.unknown, std::memory_order_relaxed);
    stats::samples_applied.add(done.samples);
    stats::samples_out_of_order.add(done.out_of_order);
    stats::exemplars_applied.add(batch.exemplars.size());
    stats::exemplars_dropped.add(done.exemplars_dropped);
    if (done.unknown > 0) {
        stats::samples_unknown.add(done.unknown);
        static LogLimiter limiter;
        uint64_t suppressed = 0;
        if (limiter.allow(&suppressed)) {
            log_error("store", "samples of series that the log never named", {{"samples", done.unknown}, {"offset", offset}});
        }
    }
    const int64_t now_ms = clock_.monotonic_ms();
    usual_gap_ms_ = std::max(now_ms - last_apply_ms_, usual_gap_ms_ - usual_gap_ms_ / 64);
    last_apply_ms_ = now_ms;
    applied_offset_.store(offset + 1, std::memory_order_release);
    return {};
}

void MetricStoreImpl::head_labels(std::span<const model::HeadId> ids,
                                  const std::function<void(size_t place, std::string_view canonical)>& visit) const {
    const std::shared_lock lock(index_.mutex());
    std::string labels;
    for (size_t i = 0; i < ids.size(); ++i) {
        labels.clear();
        const Slot slot = index_.slot_of(ids[i]);
        if (slot != NO_SLOT && index_.contains(slot)) index_.append_labels(slot, true, labels);
        visit(i, labels);
    }
}

void MetricStoreImpl::for_each_head_series(
    const std::function<void(model::HeadId id, model::LabelsView labels, int32_t logged_day)>& visit) const {
    const std::shared_lock lock(index_.mutex());
    std::string labels;
    index_.for_each([&](Slot slot) {
        labels.clear();
        index_.append_labels(slot, true, labels);
        visit(index_.head_id(slot), model::LabelsView(labels), index_.logged_day(slot));
    });
}

model::HeadId MetricStoreImpl::next_head_id() const {
    const std::shared_lock lock(index_.mutex());
    return index_.next_head_id();
}

std::shared_ptr<const StoreView> MetricStoreImpl::view() const {
    const std::lock_guard lock(view_mutex_);
    return view_;
}

void MetricStoreImpl::set_view(std::shared_ptr<const StoreView> next) {
    const std::lock_guard lock(view_mutex_);
    view_.swap(next);
}

Status MetricStoreImpl::publish(std::shared_ptr<StoreView> next, Manifest manifest) {
    std::sort(manifest.files.begin(), manifest.files.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
    TRY(manifest.store(files_, options_.dir));
    uint64_t bytes = 0;
    for (const auto& file : manifest.files) bytes += file.bytes;
    stats::files_bytes.set(static_cast<double>(bytes));
    covered_offset_.store(manifest.covered_offset, std::memory_order_release);
    next->manifest = std::make_shared<const Manifest>(std::move(manifest));
    set_view(std::move(next));
    return {};
}

void MetricStoreImpl::crash_point(std::string_view name) const {
    if (options_.crash_point) options_.crash_point(name);
}

void MetricStoreImpl::set_work(std::string what, double done) {
    const std::lock_guard lock(view_mutex_);
    work_ = std::move(what);
    work_done_ = done;
}

// ---------------------------------------------------------------- housekeeping

Status MetricStoreImpl::seal() {
    const std::lock_guard lock(work_mutex_);
    return seal_now();
}

Status MetricStoreImpl::compact() {
    const std::lock_guard lock(work_mutex_);
    TRY(seal_now());
    TRY(fold(true));
    return keep(true);
}

Status MetricStoreImpl::snapshot(const std::string& directory, bool with_head) {
    const std::lock_guard lock(work_mutex_);
    if (with_head) TRY(seal_now());
    const std::shared_ptr<const StoreView> seen = view();
    TRY(files_.make_dirs(directory));
    for (const auto& file : seen->manifest->files) TRY(files_.link(path(file.name), directory + "/" + file.name));
    crash_point("snapshot.linked");
    return seen->manifest->store(files_, directory);
}

Status MetricStoreImpl::maintain() {
    const std::lock_guard lock(work_mutex_);
    const MetricStoreConfig& config = options_.config;
    const int64_t now_ms = clock_.monotonic_ms();
    std::shared_ptr<HeadEpoch> live;
    bool idle = false;
    {
        const std::lock_guard write_lock(write_mutex_);
        live = live_;
        idle = now_ms - last_apply_ms_ >= std::max(config.idle_ms, 4 * usual_gap_ms_);
    }
    stats::head_bytes.set(static_cast<double>(live->memory_bytes()));
    stats::head_exemplars.set(static_cast<double>(live->exemplars().count()));
    const bool seal_due = now_ms - last_seal_ms_ >= config.seal_interval_ms || live->memory_bytes() > config.head_bytes_max ||
                          live->samples() > config.seal_samples_max || (idle && live->samples() >= config.idle_samples_min) ||
                          !frozen_.empty();
    if (seal_due && (applied_offset() > covered_offset() || !frozen_.empty())) TRY(seal_now());

    uint64_t sealed = 0;
    for (const auto& seal : view()->seals) sealed += seal->meta.samples;
    const bool fold_due = (now_ms - last_fold_ms_ >= config.fold_interval_ms && !view()->seals.empty()) ||
                          sealed > config.fold_samples_max || (idle && sealed >= config.idle_samples_min);
    if (fold_due || (clean_wanted_ && sealed > 0)) TRY(fold(false));
    TRY(keep(false));
    return drop_expired();
}

}  // namespace belfry::store
