#pragma once

#include "base/result.h"
#include "catalog/catalog_config.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::catalog {

/// What lists show of a dashboard; title, folder, tags and panels are read from its body.
struct DashboardHead {
    std::string id;  // 1-64 of letters, digits and _ -; unique among all tenants
    std::string tenant;
    std::string title;
    std::string folder;  // "" or "a/b"
    std::vector<std::string> tags;
    int64_t panels = 0;
    int64_t version = 0;  // 1 when made, one more with each change
    int64_t created_ms = 0;
    std::string created_by;
    int64_t updated_ms = 0;
    std::string updated_by;
    std::string edit;  // random: tells two changes apart that both wanted to be the same version
};

/// The body is a JSON object of the format below, and what an export holds. Widths and places are in a grid of 24
/// columns.
///   {"format":1,"title":"...","description":"","folder":"","tags":[],"time":{"from":"now-1h","to":"now"},
///    "refresh_s":10,"variables":[{"name":"host","type":"query",...}],
///    "panels":[{"id":1,"type":"timeseries","title":"...","x":0,"y":0,"w":12,"h":8,"queries":[{"expr":"..."}],...}]}
/// The server checks what it and every reader relies on, and keeps members that it does not know: drawing is the
/// browser's part (web/src/lib/dash/model.ts lists the members).
struct Dashboard {
    DashboardHead head;
    std::string body;
};

/// `version` 0: whichever it is.
struct RemoveDashboard {
    std::string id;
    int64_t version = 0;
};

/// Reads and checks a body. Gives title, folder, tags and panels, and the body as it will be kept (no white space).
[[nodiscard]] Result<Dashboard> read_dashboard(std::string_view body, const CatalogConfig& config);

[[nodiscard]] bool is_dashboard_id(std::string_view id);

inline constexpr int64_t DASHBOARD_FORMAT = 1;
inline constexpr int64_t DASHBOARD_COLUMNS = 24;
inline constexpr size_t DASHBOARD_ID_LETTERS = 10;

}  // namespace belfry::catalog
