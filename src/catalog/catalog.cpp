#include "catalog/catalog.h"

#include "base/log.h"
#include "catalog/dashboard_rows.h"
#include "catalog/document_rows.h"
#include "catalog/stats.h"

namespace belfry::catalog {
namespace {

// 2: dashboards, 3: documents; the program of an older schema would pass over them, so it must not open this file.
constexpr int64_t SCHEMA_VERSION = 3;

// Of the log: tenants, users, api_keys, settings, dashboards, documents. Of this node alone: key_uses, login_tokens, sessions.
constexpr const char* SCHEMA = R"(
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tenants(id TEXT PRIMARY KEY, name TEXT NOT NULL, created_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS users(name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS api_keys(id TEXT PRIMARY KEY, name TEXT NOT NULL, tenant TEXT NOT NULL, scope TEXT NOT NULL,
  digest BLOB NOT NULL, created_ms INTEGER NOT NULL, created_by TEXT NOT NULL, expires_ms INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings(name TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key_uses(id TEXT PRIMARY KEY, last_used_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS login_tokens(digest BLOB PRIMARY KEY, user TEXT NOT NULL, expires_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions(digest BLOB PRIMARY KEY, user TEXT NOT NULL, created_ms INTEGER NOT NULL,
  last_used_ms INTEGER NOT NULL) WITHOUT ROWID;
)";

/// A copy of the kind's documents to change; the snapshot's own stay as they are for those that hold them.
std::shared_ptr<Documents> documents_to_change(Snapshot& snapshot, const std::string& kind) {
    auto& held = snapshot.documents_by_kind[kind];
    auto copy = held ? std::make_shared<Documents>(*held) : std::make_shared<Documents>();
    held = copy;
    return copy;
}

}  // namespace

std::shared_ptr<const Documents> Snapshot::documents(std::string_view kind) const {
    static const auto NONE = std::make_shared<const Documents>();
    const auto found = documents_by_kind.find(kind);
    return found == documents_by_kind.end() ? NONE : found->second;
}

const Document* Snapshot::document(std::string_view kind, std::string_view id, std::string_view tenant) const {
    const auto of_kind = documents_by_kind.find(kind);
    if (of_kind == documents_by_kind.end()) return nullptr;
    const auto found = of_kind->second->find(id);
    return found == of_kind->second->end() || found->second->tenant != tenant ? nullptr : found->second.get();
}

const ApiKey* Snapshot::find_key(std::string_view presented) const {
    // bf_<scope letter>_<id>_<secret>
    if (!presented.starts_with("bf_") || presented.size() < 6 || presented[4] != '_') return nullptr;
    const size_t end = presented.find('_', 5);
    if (end == std::string_view::npos) return nullptr;
    const auto found = keys.find(presented.substr(5, end - 5));
    if (found == keys.end() || !digests_equal(digest(presented), found->second.digest)) return nullptr;
    return &found->second;
}

void apply_to(Snapshot& snapshot, const Definition& definition) {
    struct Visitor {
        Snapshot& s;
        void operator()(const Tenant& v) const { s.tenants[v.id] = v; }
        void operator()(const User& v) const { s.users[v.name] = v; }
        void operator()(const ApiKey& v) const { s.keys[v.id] = v; }
        void operator()(const Setting& v) const { s.settings[v.name] = v.json; }
        void operator()(const Dashboard& v) const { s.dashboards[v.head.id] = v.head; }
        void operator()(const RemoveDashboard& v) const { s.dashboards.erase(v.id); }
        void operator()(const Document& v) const {
            (*documents_to_change(s, v.kind))[v.id] = std::make_shared<const Document>(v);
        }
        void operator()(const RemoveDocument& v) const { documents_to_change(s, v.kind)->erase(v.id); }
        void operator()(const RemoveTenant& v) const { s.tenants.erase(v.id); }
        void operator()(const RevokeKey& v) const { s.keys.erase(v.id); }
        void operator()(const RemoveSetting& v) const { s.settings.erase(v.name); }
    };
    std::visit(Visitor{snapshot}, definition);
}

bool is_superseded(const Snapshot& snapshot, const Definition& definition) {
    const auto version_of = [&](const std::string& id) {
        const auto found = snapshot.dashboards.find(id);
        return found == snapshot.dashboards.end() ? int64_t{0} : found->second.version;
    };
    if (const auto* saved = std::get_if<Dashboard>(&definition))
        return saved->head.version != version_of(saved->head.id) + 1;
    if (const auto* removed = std::get_if<RemoveDashboard>(&definition))
        return removed->version != 0 && removed->version != version_of(removed->id);
    return false;
}

Result<std::unique_ptr<Catalog>> Catalog::open(const std::string& path, const CatalogConfig& config, Clock& clock) {
    Database db = TRY(Database::open(path));  // before `new`: a return in its arguments would leak
    std::unique_ptr<Catalog> catalog(new Catalog(std::move(db), config, clock));
    if (auto done = catalog->prepare(); !done.ok()) return std::move(done).error().context("open {}", path);
    if (auto done = catalog->load(); !done.ok()) return std::move(done).error().context("open {}", path);
    return catalog;
}

Status Catalog::prepare() {
    int64_t version = 0;
    if (auto read = db_.query("PRAGMA user_version", {}, [&](const Row& row) { version = row.integer(0); }); !read.ok())
        return read;
    if (version > SCHEMA_VERSION) return make_error(Code::invalid, "written by a newer Belfry (schema {})", version);
    auto transaction = TRY(Transaction::begin(db_));
    if (auto made = db_.execute(SCHEMA); !made.ok()) return made;
    if (auto made = db_.execute(std::string(DASHBOARD_TABLE)); !made.ok()) return made;
    if (auto made = db_.execute(std::string(DOCUMENT_TABLE)); !made.ok()) return made;
    if (auto set = db_.execute(fmt::format("PRAGMA user_version={}", SCHEMA_VERSION)); !set.ok()) return set;
    if (auto named = db_.execute("INSERT OR IGNORE INTO meta VALUES('instance_id', ?)", {random_text(8)}); !named.ok())
        return named;
    return transaction.commit();
}

Status Catalog::load() {
    auto state = std::make_shared<Snapshot>();
    auto done = db_.query("SELECT value FROM meta WHERE name='applied_to'", {},
                          [&](const Row& r) { applied_to_ = static_cast<uint64_t>(r.integer(0)); });
    if (!done.ok()) return done;
    done = db_.query("SELECT value FROM meta WHERE name='instance_id'", {},
                     [&](const Row& r) { instance_id_ = r.text(0); });
    if (!done.ok()) return done;
    done = db_.query("SELECT id, name, created_ms FROM tenants", {}, [&](const Row& r) {
        apply_to(*state, Tenant{.id = r.text(0), .name = r.text(1), .created_ms = r.integer(2)});
    });
    if (!done.ok()) return done;
    done = db_.query("SELECT name, created_ms FROM users", {},
                     [&](const Row& r) { apply_to(*state, User{.name = r.text(0), .created_ms = r.integer(1)}); });
    if (!done.ok()) return done;
    size_t damaged = 0;
    done = db_.query("SELECT id, name, tenant, scope, digest, created_ms, created_by, expires_ms FROM api_keys", {},
                     [&](const Row& r) {
                         ApiKey key{.id = r.text(0),
                                    .name = r.text(1),
                                    .tenant = r.text(2),
                                    .created_ms = r.integer(5),
                                    .created_by = r.text(6),
                                    .expires_ms = r.maybe_integer(7)};
                         const auto scope = parse_scope(r.text(3));
                         if (scope && r.digest(4, &key.digest)) {
                             key.scope = *scope;
                             apply_to(*state, key);
                         } else {
                             ++damaged;
                         }
                     });
    if (!done.ok()) return done;
    if (damaged != 0) return make_error(Code::corrupt, "{} damaged rows in api_keys", damaged);
    done = db_.query("SELECT name, json FROM settings", {},
                     [&](const Row& r) { apply_to(*state, Setting{.name = r.text(0), .json = r.text(1)}); });
    if (!done.ok()) return done;
    done = each_dashboard(db_, [&](DashboardHead head) { state->dashboards[head.id] = std::move(head); });
    if (!done.ok()) return done;
    std::map<std::string, Documents, std::less<>> documents;
    done = each_document(db_, [&](Document document) {
        auto held = std::make_shared<const Document>(std::move(document));
        documents[held->kind][held->id] = held;
    });
    if (!done.ok()) return done;
    for (auto& [kind, of_kind] : documents)
        state->documents_by_kind[kind] = std::make_shared<const Documents>(std::move(of_kind));
    done = db_.query("SELECT id, last_used_ms FROM key_uses", {},
                     [&](const Row& r) { key_uses_[r.text(0)] = r.integer(1); });
    if (!done.ok()) return done;
    snapshot_ = std::move(state);
    return {};
}

std::shared_ptr<const Snapshot> Catalog::snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

uint64_t Catalog::applied_to() const {
    const std::lock_guard lock(mutex_);
    return applied_to_;
}

bool Catalog::wait_applied(uint64_t offset, int64_t timeout_ms) const {
    std::unique_lock lock(mutex_);
    return applied_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return applied_to_ > offset; });
}

Status Catalog::store(const Definition& definition) {
    struct Visitor {
        Database& db;
        int64_t versions_max;
        Status operator()(const Tenant& v) const {
            return db.execute("INSERT OR REPLACE INTO tenants VALUES(?,?,?)", {v.id, v.name, v.created_ms});
        }
        Status operator()(const User& v) const {
            return db.execute("INSERT OR REPLACE INTO users VALUES(?,?)", {v.name, v.created_ms});
        }
        Status operator()(const ApiKey& v) const {
            std::vector<SqlValue> values = {v.id,     v.name,       v.tenant,     std::string(to_string(v.scope)),
                                            v.digest, v.created_ms, v.created_by, {}};
            if (v.expires_ms) values.back().emplace<int64_t>(*v.expires_ms);
            return db.execute("INSERT OR REPLACE INTO api_keys VALUES(?,?,?,?,?,?,?,?)", values);
        }
        Status operator()(const Setting& v) const {
            return db.execute("INSERT OR REPLACE INTO settings VALUES(?,?)", {v.name, v.json});
        }
        Status operator()(const Dashboard& v) const { return store_dashboard(db, v, versions_max); }
        Status operator()(const RemoveDashboard& v) const { return remove_dashboard(db, v.id); }
        Status operator()(const Document& v) const { return store_document(db, v); }
        Status operator()(const RemoveDocument& v) const { return remove_document(db, v); }
        Status operator()(const RemoveTenant& v) const { return db.execute("DELETE FROM tenants WHERE id=?", {v.id}); }
        Status operator()(const RevokeKey& v) const { return db.execute("DELETE FROM api_keys WHERE id=?", {v.id}); }
        Status operator()(const RemoveSetting& v) const {
            return db.execute("DELETE FROM settings WHERE name=?", {v.name});
        }
    };
    return std::visit(Visitor{db_, config_.dashboard_versions_max}, definition);
}

Status Catalog::apply(std::span<const DefinitionRecord> records) {
    const std::lock_guard db_lock(db_mutex_);
    const uint64_t begin = applied_to();
    auto next = std::make_shared<Snapshot>(*snapshot());
    uint64_t position = begin;
    auto transaction = TRY(Transaction::begin(db_));
    for (const DefinitionRecord& record : records) {
        if (record.offset < position) continue;
        position = record.offset + 1;
        auto change = decode_change(record.bytes);
        if (!change.ok()) {
            definitions_rejected.add();
            log_error("catalog", "definition passed over",
                      {{"offset", record.offset}, {"error", change.error().message}});
            continue;
        }
        if (is_superseded(*next, change->definition)) {
            definitions_superseded.add();
            continue;
        }
        if (auto stored = store(change->definition); !stored.ok()) return stored;
        apply_to(*next, change->definition);
        definitions_applied.add();
    }
    if (position == begin) return {};
    if (auto set = db_.execute("INSERT OR REPLACE INTO meta VALUES('applied_to', ?)", {static_cast<int64_t>(position)});
        !set.ok())
        return set;
    if (auto done = transaction.commit(); !done.ok()) return done;
    {
        const std::lock_guard lock(mutex_);
        snapshot_ = std::move(next);
        applied_to_ = position;
    }
    applied_.notify_all();
    return {};
}

Result<std::optional<Dashboard>> Catalog::dashboard(const std::string& id, int64_t version) const {
    const std::lock_guard db_lock(db_mutex_);
    return read_version(db_, id, version);
}

Result<std::vector<DashboardHead>> Catalog::dashboard_versions(const std::string& id) const {
    std::vector<DashboardHead> out;
    const std::lock_guard db_lock(db_mutex_);
    if (auto done = each_version(db_, id, [&](DashboardHead head) { out.push_back(std::move(head)); }); !done.ok())
        return done.error();
    return out;
}

Status Catalog::copy_to(const std::string& path) {
    const std::lock_guard lock(db_mutex_);
    return db_.execute("VACUUM INTO ?", {path}).context("copy the catalog to {}", path);
}

void Catalog::note_key_used(const std::string& id, int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    int64_t& last = key_uses_[id];
    if (now_ms < last + 1000) return;  // a second is exact enough
    last = now_ms;
    key_uses_unsaved_[id] = now_ms;
}

std::optional<int64_t> Catalog::key_last_used_ms(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = key_uses_.find(id);
    if (found == key_uses_.end()) return std::nullopt;
    return found->second;
}

Status Catalog::flush_key_uses() {
    std::map<std::string, int64_t, std::less<>> unsaved;
    {
        const std::lock_guard lock(mutex_);
        unsaved.swap(key_uses_unsaved_);
    }
    if (unsaved.empty()) return {};
    const std::lock_guard db_lock(db_mutex_);
    auto transaction = TRY(Transaction::begin(db_));
    for (const auto& [id, at_ms] : unsaved) {
        if (auto done = db_.execute("INSERT OR REPLACE INTO key_uses VALUES(?,?)", {id, at_ms}); !done.ok())
            return done;
    }
    if (auto done = db_.execute("DELETE FROM key_uses WHERE id NOT IN (SELECT id FROM api_keys)"); !done.ok())
        return done;
    return transaction.commit();
}

}  // namespace belfry::catalog
