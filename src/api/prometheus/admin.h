#pragma once

#include "base/result.h"
#include "http/message.h"
#include "http/router.h"
#include "model/matcher.h"
#include "model/sample.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::api {

struct SnapshotEntry {
    std::string name;
    uint64_t bytes = 0;
};

/// What the admin API does to stores; the app binds it. Any thread.
class StoreControl {
  public:
    virtual ~StoreControl() = default;
    /// Erases samples of the series that all matchers accept; returns when they are no longer seen.
    [[nodiscard]] virtual Status erase(std::string_view tenant,
                                       const model::Matchers& matchers,
                                       model::TimeRange range) = 0;
    /// Begins to give the space of what was erased back; the status page shows how far it is.
    virtual void clean_tombstones() = 0;
    /// The name of a new snapshot.
    [[nodiscard]] virtual Result<std::string> make_snapshot(bool with_head) = 0;
    [[nodiscard]] virtual Result<std::vector<SnapshotEntry>> snapshots() = 0;
    [[nodiscard]] virtual Status remove_snapshot(const std::string& name) = 0;
    /// A backup as a tar stream.
    [[nodiscard]] virtual Result<http::BodyParts> backup() = 0;
};

/// Prometheus' `/api/v1/admin/tsdb/*` and Belfry's `/api/v1/belfry/{snapshots,backup}`; all need the right to change.
/// `control` outlives the router.
void add_store_admin_routes(http::Router& router, StoreControl& control);

}  // namespace belfry::api
