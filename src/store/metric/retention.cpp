#include "base/log.h"
#include "store/metric/stats.h"
#include "store/metric/store_impl.h"

// Retention removes whole files. What is kept shorter than its file is hidden from readers (hidden.h) and left out when
// the file is rewritten (keep.cpp).

namespace belfry::store {

Status MetricStoreImpl::drop_expired() {
    const int64_t oldest_ms = clock_.now_ms() - options_.config.retention_ms;
    const std::shared_ptr<const StoreView> before = view();
    std::set<std::string> gone;
    for (const auto& file : before->manifest->files) {
        if (is_in_span(file.kind) && file.max_ms < oldest_ms) gone.insert(file.name);
    }
    const size_t by_time = gone.size();
    const uint64_t bytes_by_size = over_size(*before->manifest, gone);
    if (gone.empty()) return {};
    Manifest manifest = *before->manifest;
    std::erase_if(manifest.files, [&](const auto& f) { return gone.contains(f.name); });
    manifest.drop_spent_tombstones();
    auto next = std::make_shared<StoreView>(*before);
    std::erase_if(next->parts, [&](const auto& part) { return gone.contains(part->name); });
    crash_point("retention.begin");
    TRY(publish(std::move(next), std::move(manifest)));
    crash_point("retention.published");
    files_past_retention_.fetch_add(by_time, std::memory_order_relaxed);
    stats::files_past_retention.add(by_time);
    bytes_past_size_.fetch_add(bytes_by_size, std::memory_order_relaxed);
    stats::bytes_past_size.add(bytes_by_size);
    log_info("store", "files are past the retention", {{"by_time", by_time}, {"by_size", gone.size() - by_time}});
    for (const std::string& name : gone)
        TRY(files_.remove(path(name)));
    return {};
}

// Adds the files of the oldest spans to `gone` until the rest fits, never those of the newest span. Their bytes.
uint64_t MetricStoreImpl::over_size(const Manifest& manifest, std::set<std::string>& gone) const {
    const uint64_t bytes_max = options_.config.retention_bytes;
    if (bytes_max == 0) return 0;
    uint64_t total = 0;
    std::map<int32_t, std::vector<const Manifest::FileEntry*>> spans;
    for (const auto& file : manifest.files) {
        if (gone.contains(file.name)) continue;
        total += file.bytes;
        if (is_in_span(file.kind)) spans[file.first_day].push_back(&file);
    }
    uint64_t removed = 0;
    for (auto span = spans.begin();
         total - removed > bytes_max && span != spans.end() && std::next(span) != spans.end(); ++span) {
        for (const auto* file : span->second) {
            removed += file->bytes;
            gone.insert(file->name);
        }
    }
    return removed;
}

}  // namespace belfry::store
