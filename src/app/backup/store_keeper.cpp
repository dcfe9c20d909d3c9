#include "app/backup/store_keeper.h"

namespace belfry::app {

Status StoreKeeper::erase(std::string_view tenant, const model::Matchers& matchers, model::TimeRange range) {
    if (metrics_.status().tombstones >= tombstones_max_) {
        return make_error(Code::exhausted,
                          "{} deletions still have samples in files, which is metric.tombstones_max: "
                          "POST /api/v1/admin/tsdb/clean_tombstones gives their space back",
                          tombstones_max_);
    }
    return erase_(tenant, matchers, range);
}

Result<std::vector<api::SnapshotEntry>> StoreKeeper::snapshots() {
    std::vector<api::SnapshotEntry> out;
    for (Snapshots::Entry& entry : TRY(snapshots_.list()))
        out.push_back({std::move(entry.name), entry.bytes});
    return out;
}

Result<http::BodyParts> StoreKeeper::backup() {
    return http::BodyParts(TRY(snapshots_.stream()));
}

}  // namespace belfry::app
