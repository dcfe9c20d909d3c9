#include "base/log.h"
#include "store/metric/series_table.h"
#include "store/metric/store_impl.h"

namespace belfry::store {
namespace {

constexpr std::string_view QUARANTINE = "quarantine";

bool is_store_file(std::string_view name) {
    if (name.ends_with(".mdb.tmp")) return true;
    if (!name.ends_with(".mdb")) return false;
    return name.starts_with("seal-") || name.starts_with("part-") || name.starts_with("late-") || name.starts_with("records-") || name.starts_with("series-");
}

}  // namespace

// A damaged file is kept for whoever wants to look at it, but serves no more.
void MetricStoreImpl::quarantine(const std::string& name, const Error& why) {
    log_error("store", "a damaged file is put aside", {{"file", name}, {"error", why.message}});
    quarantined_.fetch_add(1, std::memory_order_relaxed);
    const std::string directory = path(std::string(QUARANTINE));
    if (!files_.exists(path(name))) return;
    auto moved = files_.make_dirs(directory);
    if (moved) moved = files_.rename(path(name), directory + "/" + name);
    if (!moved) log_error("store", "it cannot be put aside", {{"file", name}, {"error", moved.error().message}});
}

Status MetricStoreImpl::recover() {
    Manifest manifest = TRY(Manifest::load(files_, options_.dir));
    // What no manifest names was being written when the process ended, or was waiting to be removed.
    for (const std::string& name : TRY(files_.list(options_.dir))) {
        if (!is_store_file(name)) continue;
        const bool is_named = std::any_of(manifest.files.begin(), manifest.files.end(), [&](const auto& f) { return f.name == name; });
        if (!is_named) TRY(files_.remove(path(name)));
    }
    if (files_.exists(path(std::string(QUARANTINE)))) quarantined_ = TRY(files_.list(path(std::string(QUARANTINE)))).size();
    TRY(open_files(manifest));
    applied_offset_ = manifest.covered_offset;
    covered_offset_ = manifest.covered_offset;
    return {};
}

Status MetricStoreImpl::open_files(Manifest& manifest) {
    auto next = std::make_shared<StoreView>();
    next->epochs.push_back(live_);
    std::vector<std::string> damaged;
    int64_t min_ms = std::numeric_limits<int64_t>::max();
    int64_t max_ms = std::numeric_limits<int64_t>::min();
    const std::lock_guard lock(index_.mutex());
    index_.reserve_head_ids(manifest.next_head_id);
    for (const auto& entry : manifest.files) {
        auto opened = open_metric_file(options_.dir, entry.name, entry.kind);
        Status usable = opened ? Status() : Status(opened.error());
        const bool is_part = is_in_span(entry.kind);
        if (usable && !is_part) {
            usable = restore_series_table(*(*opened)->file, index_);
            if (usable) {
                usable = read_metadata_table(*(*opened)->file, [&](model::MetricMetadata m) {
                    MetadataKey key(m.tenant, m.name);
                    metadata_[std::move(key)] = std::move(m);
                });
            }
        }
        if (!usable) {
            if (usable.error().code != Code::corrupt && usable.error().code != Code::not_found) return std::move(usable).error();
            quarantine(entry.name, usable.error());
            damaged.push_back(entry.name);
            continue;
        }
        if (is_part) next->parts.push_back(*opened);
        if (entry.kind == MetricFileKind::seal) {
            next->seals.push_back(*opened);
            if (entry.samples > 0) {
                min_ms = std::min(min_ms, entry.min_ms);
                max_ms = std::max(max_ms, entry.max_ms);
            }
        }
    }
    index_.for_each([&](Slot slot) {
        index_.reset_range(slot, min_ms, max_ms);
        record_day_.store(std::max(record_day_.load(), index_.logged_day(slot)));
    });
    if (!damaged.empty()) {
        std::erase_if(manifest.files, [&](const auto& f) { return std::find(damaged.begin(), damaged.end(), f.name) != damaged.end(); });
        TRY(manifest.store(files_, options_.dir));
    }
    next->manifest = std::make_shared<const Manifest>(manifest);
    set_view(std::move(next));
    return {};
}

}  // namespace belfry::store
