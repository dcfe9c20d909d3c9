#include "base/log.h"
#include "store/metric/erased.h"
#include "store/metric/store_impl.h"

// A deletion stands in the log and erases what stands before it. When it is applied the head is sealed, so that all it
// concerns is in files and nothing else is; a tombstone in the manifest then hides the series in these files, and the
// fold that follows leaves them out of everything it writes. Until the next seal covers the record a crash only means
// that this is done once more.

namespace belfry::store {

Status MetricStoreImpl::erase(const model::MetricBatch& batch) {
    const std::lock_guard lock(work_mutex_);
    TRY(seal_now());
    auto next = std::make_shared<StoreView>(*view());
    Manifest manifest = *next->manifest;
    for (const model::MetricDeletion& deletion : batch.deletions)
        manifest.add_tombstone(deletion);
    crash_point("erase.sealed");
    TRY(publish(std::move(next), std::move(manifest)));
    crash_point("erase.published");
    {
        const std::lock_guard index_lock(index_.mutex());
        for (const model::MetricDeletion& deletion : batch.deletions) {
            for (const Slot slot : TRY(find_series(index_, deletion.tenant, deletion.matchers)))
                index_.expire(slot);
        }
    }
    // The tombstone holds whatever happens now: a fold that fails is done again later.
    if (auto folded = fold(false); !folded)
        log_error("store", "erased series stay visible until the next fold", {{"error", folded.error().message}});
    return {};
}

bool has_erased(const Manifest& manifest, const MetricFile& file) {
    return std::any_of(manifest.tombstones.begin(), manifest.tombstones.end(),
                       [&](const auto& t) { return file.meta.seq < t.below_seq; });
}

Result<Ids> without_erased(
    const Manifest& manifest, const MetricFile& part, const PartIndex& index, std::string_view tenant, Ids ids) {
    for (const Manifest::Tombstone& t : manifest.tombstones) {
        if (ids.empty()) break;
        if (part.meta.seq >= t.below_seq || t.what.tenant != tenant) continue;
        ids = subtract(ids, TRY(find_series(index, tenant, t.what.matchers)));
    }
    return ids;
}

Result<ErasedBelow> erased_series(const Manifest& manifest, const PostingSource& index) {
    ErasedBelow out;
    for (const Manifest::Tombstone& t : manifest.tombstones) {
        for (const uint32_t id : TRY(find_series(index, t.what.tenant, t.what.matchers)))
            out[id] = std::max(out[id], t.below_seq);
    }
    return out;
}

}  // namespace belfry::store
