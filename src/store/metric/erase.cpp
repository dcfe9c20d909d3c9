#include "base/log.h"
#include "store/metric/hidden.h"
#include "store/metric/store_impl.h"

// A deletion stands in the log and erases what stands before it. When it is applied the head is sealed, so that all it
// concerns is in files and nothing else is; a tombstone in the manifest then hides it in these files, and folds leave
// it out of everything they write. Where whole series go, a fold follows at once, so that the head forgets them. Until
// the next seal covers the record a crash only means that this is done once more.

namespace belfry::store {
namespace {

// A histogram or summary is described by its family's name.
constexpr std::string_view FAMILY_SUFFIXES[] = {"_bucket", "_sum", "_count", "_total", "_info", "_created"};

}  // namespace

Status MetricStoreImpl::erase(const model::MetricBatch& batch) {
    const std::lock_guard lock(work_mutex_);
    TRY(seal_now());
    auto next = std::make_shared<StoreView>(*view());
    Manifest manifest = *next->manifest;
    std::set<MetadataKey> names;
    bool whole_series = false;
    for (const model::MetricDeletion& deletion : batch.deletions) {
        manifest.add_tombstone(deletion);
        if (deletion.range != model::ALL_TIMES) continue;
        whole_series = true;
        TRY(metric_names(*next, deletion, names));
    }
    manifest.drop_spent_tombstones();
    crash_point("erase.sealed");
    TRY(publish(std::move(next), std::move(manifest)));
    crash_point("erase.published");
    if (!whole_series) return {};
    {
        const std::lock_guard index_lock(index_.mutex());
        for (const model::MetricDeletion& deletion : batch.deletions) {
            if (deletion.range != model::ALL_TIMES) continue;
            for (const Slot slot : TRY(find_series(index_, deletion.tenant, deletion.matchers)))
                index_.expire(slot);
        }
    }
    TRY(forget_metadata(names));
    // The tombstone holds whatever happens now: a fold that fails is done again later.
    if (auto folded = fold(false); !folded)
        log_error("store", "erased series stay in files until the next fold", {{"error", folded.error().message}});
    return {};
}

// The names of the series that go.
Status MetricStoreImpl::metric_names(const StoreView& v,
                                     const model::MetricDeletion& deletion,
                                     std::set<MetadataKey>& names) const {
    {
        const std::shared_lock lock(index_.mutex());
        for (const Slot slot : TRY(find_series(index_, deletion.tenant, deletion.matchers)))
            names.emplace(deletion.tenant, index_.value(slot, model::METRIC_NAME));
    }
    for (const auto& part : v.parts) {
        PartIndex index(*part);
        for (const uint32_t id : TRY(find_series(index, deletion.tenant, deletion.matchers)))
            names.emplace(deletion.tenant, TRY(index.value(id, model::METRIC_NAME)));
    }
    return {};
}

// Drops what was said about names that have no series any more.
Status MetricStoreImpl::forget_metadata(const std::set<MetadataKey>& names) {
    std::set<MetadataKey> families;
    for (const auto& [tenant, name] : names) {
        families.emplace(tenant, name);
        for (const std::string_view suffix : FAMILY_SUFFIXES) {
            if (name.ends_with(suffix)) families.emplace(tenant, name.substr(0, name.size() - suffix.size()));
        }
    }
    {
        const std::lock_guard lock(metadata_mutex_);
        std::erase_if(families, [&](const MetadataKey& key) { return !metadata_.contains(key); });
    }
    for (const MetadataKey& key : families) {
        if (TRY(has_family(key))) continue;
        const std::lock_guard write_lock(write_mutex_);  // changed_metadata_
        const std::lock_guard lock(metadata_mutex_);
        metadata_.erase(key);
        changed_metadata_.erase(key);
        series_file_is_old_ = true;
    }
    return {};
}

// Is there a series of this name, or of one that the name describes?
Result<bool> MetricStoreImpl::has_family(const MetadataKey& key) const {
    std::vector<model::Matchers> selectors;
    const auto add = [&](std::string name) -> Status {
        selectors.push_back(
            {TRY(model::Matcher::make(model::Matcher::Op::equal, std::string(model::METRIC_NAME), std::move(name)))});
        return {};
    };
    TRY(add(key.second));
    for (const std::string_view suffix : FAMILY_SUFFIXES)
        TRY(add(key.second + std::string(suffix)));
    const std::shared_ptr<const StoreView> v = view();
    {
        const std::shared_lock lock(index_.mutex());
        for (const model::Matchers& matchers : selectors) {
            const Ids slots = TRY(find_series(index_, key.first, matchers));
            if (std::any_of(slots.begin(), slots.end(), [&](Slot slot) { return !index_.is_expired(slot); }))
                return true;
        }
    }
    const Hidden hidden(*v->manifest, options_.config.retention_rules, clock_.now_ms());
    for (const auto& part : v->parts) {
        PartIndex index(*part);
        for (const model::Matchers& matchers : selectors) {
            const Ids ids = TRY(hidden.visible(*part, index, key.first, TRY(find_series(index, key.first, matchers))));
            if (!ids.empty()) return true;
        }
    }
    return false;
}

}  // namespace belfry::store
