#pragma once

#include "catalog/dashboard.h"
#include "catalog/database.h"

namespace belfry::catalog {

// Dashboards in SQLite: a row a version, the newest and those that `catalog.dashboard_versions_max` keeps. Bodies are
// read when asked for; only heads stay in memory.

/// Part of the schema.
extern const char* const DASHBOARD_TABLE;

[[nodiscard]] Status store_dashboard(Database& db, const Dashboard& dashboard, int64_t versions_max);
[[nodiscard]] Status remove_dashboard(Database& db, const std::string& id);

/// The heads of the newest versions.
[[nodiscard]] Status each_dashboard(Database& db, const std::function<void(DashboardHead)>& each);
/// The heads of the kept versions of one, newest first.
[[nodiscard]] Status each_version(Database& db, const std::string& id, const std::function<void(DashboardHead)>& each);
/// Nothing when that version is not kept.
[[nodiscard]] Result<std::optional<Dashboard>> read_version(Database& db, const std::string& id, int64_t version);

}  // namespace belfry::catalog
