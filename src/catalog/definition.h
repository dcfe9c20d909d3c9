#pragma once

#include "base/result.h"
#include "catalog/dashboard.h"
#include "catalog/document.h"
#include "catalog/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace belfry::catalog {

enum class Scope { ingest, read, admin };

[[nodiscard]] std::string_view to_string(Scope scope);
[[nodiscard]] std::optional<Scope> parse_scope(std::string_view text);

// What can be defined. A change carries the whole new state, so applying it twice changes nothing more.

struct Tenant {
    std::string id;
    std::string name;
    int64_t created_ms = 0;
};

struct User {
    std::string name;
    int64_t created_ms = 0;
};

/// The key itself is `bf_<i|r|a>_<id>_<secret>`; only the digest of that whole text is kept.
struct ApiKey {
    std::string id;
    std::string name;
    std::string tenant;
    Scope scope = Scope::ingest;
    Digest digest{};
    int64_t created_ms = 0;
    std::string created_by;
    std::optional<int64_t> expires_ms;
};

/// A named JSON value.
struct Setting {
    std::string name;
    std::string json;
};

struct RemoveTenant {
    std::string id;
};
struct RevokeKey {
    std::string id;
};
struct RemoveSetting {
    std::string name;
};

using Definition = std::variant<Tenant,
                                User,
                                ApiKey,
                                Setting,
                                Dashboard,
                                RemoveTenant,
                                RevokeKey,
                                RemoveSetting,
                                RemoveDashboard,
                                Document,
                                RemoveDocument>;

/// A record of topic `definitions`. Format 1 is one JSON object, so that a log can be read by eye:
///   {"v":1,"kind":"key","at_ms":1700000000000,"by":"admin","id":"...","name":"...","tenant":"default","scope":"ingest",
///    "digest":"<64 hex>","created_ms":...,"expires_ms":...|null}
/// Kinds: tenant, user, key, setting, dashboard, tenant_removed, key_revoked, setting_removed, dashboard_removed,
/// document, document_removed. A reader passes over unknown members; an unknown kind or version is an error that the applier counts and passes over.
struct Change {
    Definition definition;
    int64_t at_ms = 0;
    std::string by;  // user or key id
};

[[nodiscard]] std::string encode(const Change& change);
[[nodiscard]] Result<Change> decode_change(std::string_view record);

}  // namespace belfry::catalog
