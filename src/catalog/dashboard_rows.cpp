#include "catalog/dashboard_rows.h"

#include "base/json.h"

namespace belfry::catalog {

const char* const DASHBOARD_TABLE = R"(
CREATE TABLE IF NOT EXISTS dashboards(id TEXT NOT NULL, version INTEGER NOT NULL, tenant TEXT NOT NULL,
  title TEXT NOT NULL, folder TEXT NOT NULL, tags TEXT NOT NULL, panels INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  created_by TEXT NOT NULL, updated_ms INTEGER NOT NULL, updated_by TEXT NOT NULL, edit TEXT NOT NULL,
  body TEXT NOT NULL, PRIMARY KEY(id, version)) WITHOUT ROWID;
)";

namespace {

constexpr std::string_view HEAD_COLUMNS =
    "id, version, tenant, title, folder, tags, panels, created_ms, created_by, updated_ms, updated_by, edit";

std::string tags_text(const std::vector<std::string>& tags) {
    JsonWriter json;
    json.begin_array();
    for (const std::string& tag : tags)
        json.string(tag);
    json.end_array();
    return json.take();
}

DashboardHead head_of(const Row& row) {
    DashboardHead head{.id = row.text(0),
                       .tenant = row.text(2),
                       .title = row.text(3),
                       .folder = row.text(4),
                       .panels = row.integer(6),
                       .version = row.integer(1),
                       .created_ms = row.integer(7),
                       .created_by = row.text(8),
                       .updated_ms = row.integer(9),
                       .updated_by = row.text(10),
                       .edit = row.text(11)};
    if (auto tags = JsonView::parse(row.text(5)); tags.ok()) {
        for (size_t i = 0; i < tags->size(); ++i)
            head.tags.push_back(tags->at(i).as_string().value_or(""));
    }
    return head;
}

}  // namespace

Status store_dashboard(Database& db, const Dashboard& dashboard, int64_t versions_max) {
    const DashboardHead& h = dashboard.head;
    if (auto done = db.execute("INSERT OR REPLACE INTO dashboards VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
                               {h.id, h.version, h.tenant, h.title, h.folder, tags_text(h.tags), h.panels, h.created_ms,
                                h.created_by, h.updated_ms, h.updated_by, h.edit, dashboard.body});
        !done.ok())
        return done;
    return db.execute("DELETE FROM dashboards WHERE id=? AND version<=?", {h.id, h.version - versions_max});
}

Status remove_dashboard(Database& db, const std::string& id) {
    return db.execute("DELETE FROM dashboards WHERE id=?", {id});
}

Status each_dashboard(Database& db, const std::function<void(DashboardHead)>& each) {
    const std::string sql =
        fmt::format("SELECT {} FROM dashboards AS d WHERE version=(SELECT max(version) FROM dashboards WHERE id=d.id)",
                    HEAD_COLUMNS);
    return db.query(sql, {}, [&](const Row& row) { each(head_of(row)); });
}

Status each_version(Database& db, const std::string& id, const std::function<void(DashboardHead)>& each) {
    return db.query(fmt::format("SELECT {} FROM dashboards WHERE id=? ORDER BY version DESC", HEAD_COLUMNS), {id},
                    [&](const Row& row) { each(head_of(row)); });
}

Result<std::optional<Dashboard>> read_version(Database& db, const std::string& id, int64_t version) {
    std::optional<Dashboard> found;
    auto done = db.query(fmt::format("SELECT {}, body FROM dashboards WHERE id=? AND version=?", HEAD_COLUMNS),
                         {id, version}, [&](const Row& row) {
                             found = Dashboard{head_of(row), row.text(12)};
                         });
    if (!done.ok()) return done.error();
    return found;
}

}  // namespace belfry::catalog
