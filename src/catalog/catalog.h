#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog_config.h"
#include "catalog/database.h"
#include "catalog/definition.h"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::catalog {

/// Everything that is defined, at one moment. Immutable.
struct Snapshot {
    std::map<std::string, Tenant, std::less<>> tenants;
    std::map<std::string, User, std::less<>> users;
    std::map<std::string, ApiKey, std::less<>> keys;
    std::map<std::string, std::string, std::less<>> settings;  // name -> JSON
    std::map<std::string, DashboardHead, std::less<>> dashboards;
    std::map<std::string, std::shared_ptr<const Documents>, std::less<>> documents_by_kind;

    /// Never null.
    [[nodiscard]] std::shared_ptr<const Documents> documents(std::string_view kind) const;
    /// Null when there is none, or not of this tenant.
    [[nodiscard]] const Document* document(std::string_view kind, std::string_view id, std::string_view tenant) const;

    /// The key whose whole text is `presented`, or null: unknown, altered or empty. Does not look at the expiry.
    [[nodiscard]] const ApiKey* find_key(std::string_view presented) const;
};

/// A record of topic `definitions` and its offset there.
struct DefinitionRecord {
    uint64_t offset = 0;
    std::string_view bytes;
};

/// The materialised view of topic `definitions` in SQLite (DATA/catalog.sqlite), with the newest state in memory.
/// Any thread; `apply` by one.
class Catalog {
  public:
    [[nodiscard]] static Result<std::unique_ptr<Catalog>> open(const std::string& path,
                                                               const CatalogConfig& config,
                                                               Clock& clock);

    [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const;
    /// Eight letters that name this data directory; they stay.
    [[nodiscard]] const std::string& instance_id() const { return instance_id_; }

    /// Applies records in order and the new position in one transaction. Records before the position are passed over,
    /// and so are records that cannot be read (counted, logged): one bad record must not hold up all later ones.
    [[nodiscard]] Status apply(std::span<const DefinitionRecord> records);
    /// The offset of the first record that is not applied yet.
    [[nodiscard]] uint64_t applied_to() const;
    /// Waits until `applied_to() > offset`; false after `timeout_ms`.
    [[nodiscard]] bool wait_applied(uint64_t offset, int64_t timeout_ms) const;

    /// One version of a dashboard with its body; nothing when it is not kept.
    [[nodiscard]] Result<std::optional<Dashboard>> dashboard(const std::string& id, int64_t version) const;
    /// The versions that are kept, newest first.
    [[nodiscard]] Result<std::vector<DashboardHead>> dashboard_versions(const std::string& id) const;

    // When a key was last used is known to this node only, and may lag by a minute.
    void note_key_used(const std::string& id, int64_t now_ms);
    [[nodiscard]] std::optional<int64_t> key_last_used_ms(const std::string& id) const;
    /// Stores what `note_key_used` gathered. Called by housekeeping and at the end.
    [[nodiscard]] Status flush_key_uses();

    /// Writes a copy of the database at one moment; `path` must not exist.
    [[nodiscard]] Status copy_to(const std::string& path);

    [[nodiscard]] const CatalogConfig& config() const { return config_; }

  private:
    friend class Sessions;
    Catalog(Database db, const CatalogConfig& config, Clock& clock)
        : config_(config), clock_(clock), db_(std::move(db)) {}
    [[nodiscard]] Status prepare();
    [[nodiscard]] Status load();
    [[nodiscard]] Status store(const Definition& definition);

    const CatalogConfig config_;
    Clock& clock_;  // outlives this
    std::string instance_id_;

    mutable std::mutex db_mutex_;  // guards db_
    mutable Database db_;

    mutable std::mutex mutex_;  // guards what follows
    mutable std::condition_variable applied_;
    std::shared_ptr<const Snapshot> snapshot_;
    uint64_t applied_to_ = 0;
    std::map<std::string, int64_t, std::less<>> key_uses_;
    std::map<std::string, int64_t, std::less<>> key_uses_unsaved_;
};

/// Whether `definition` is overtaken: a dashboard's change that was made on another version than the newest.
[[nodiscard]] bool is_superseded(const Snapshot& snapshot, const Definition& definition);
/// `change` done to `snapshot`.
void apply_to(Snapshot& snapshot, const Definition& definition);

}  // namespace belfry::catalog
