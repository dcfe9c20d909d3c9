#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace belfry::catalog {

/// Where definitions are written: topic `definitions`. Any thread.
class ChangeLog {
  public:
    virtual ~ChangeLog() = default;
    /// Returns once the record is durable, with its offset.
    [[nodiscard]] virtual Result<uint64_t> submit(std::string record) = 0;
};

/// A key that was made just now: the only moment its text exists.
struct NewKey {
    std::string id;
    std::string text;
};

struct KeyRequest {
    std::string name;
    std::string tenant;
    Scope scope = Scope::ingest;
    std::optional<int64_t> expires_ms;
    std::string by;
};

/// What became of a change of a dashboard.
struct DashboardChange {
    bool conflict = false;  // somebody changed it meanwhile: nothing was done, and `head` is theirs
    DashboardHead head;
};

struct DashboardRequest {
    std::string id;  // "" for a new one with an id of its own
    std::string tenant;
    int64_t version = 0;  // that it was made from; 0 for a new one
    std::string_view body;
    std::string by;
};

/// Changes of definitions: checked, written to the log, and done when they have come back through it into the catalog,
/// so that who gets an answer also sees the change. Any thread.
class Changes {
  public:
    Changes(ChangeLog& log, Catalog& catalog, Clock& clock) : log_(log), catalog_(catalog), clock_(clock) {}

    /// Writes and waits. `timeout`: durable, but not applied yet.
    [[nodiscard]] Status make(Definition definition, std::string_view by);

    [[nodiscard]] Result<NewKey> create_key(const KeyRequest& request);
    [[nodiscard]] Status revoke_key(std::string_view id, std::string_view by);
    /// Makes sure that the user exists.
    [[nodiscard]] Status ensure_user(const std::string& name);
    /// Makes a dashboard or its next version. `not_found`: no such dashboard in this tenant.
    [[nodiscard]] Result<DashboardChange> save_dashboard(const DashboardRequest& request);
    /// `version` 0: whichever it is.
    [[nodiscard]] Result<DashboardChange> remove_dashboard(const std::string& id,
                                                           std::string_view tenant,
                                                           int64_t version,
                                                           std::string_view by);
    /// Makes or replaces a document: `created_ms`, `updated_ms`, `updated_by` are set here (the first kept from before).
    /// `conflict`: its name is another's. Changes of documents go one after the other.
    [[nodiscard]] Result<Document> save_document(Document document, std::string_view by);
    /// `not_found`: no such document in this tenant.
    [[nodiscard]] Status remove_document(std::string_view kind, std::string_view id, std::string_view tenant, std::string_view by);
    /// A tenant's name: 1-64 of letters, digits and _ - . (what goes into headers and labels unquoted).
    [[nodiscard]] static bool is_tenant_name(std::string_view name);

  private:
    ChangeLog& log_;    // outlives this
    Catalog& catalog_;  // outlives this
    Clock& clock_;      // outlives this
    std::mutex document_mutex_;  // held from the check of a document to its appearance
};

}  // namespace belfry::catalog
