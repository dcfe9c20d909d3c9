#include "catalog/changes.h"

namespace belfry::catalog {
namespace {

constexpr size_t KEY_ID_LETTERS = 10;
constexpr size_t NAME_BYTES_MAX = 200;

char scope_letter(Scope scope) {
    return to_string(scope)[0];
}  // i, r, a

}  // namespace

Status Changes::make(Definition definition, std::string_view by) {
    const Change change{.definition = std::move(definition), .at_ms = clock_.now_ms(), .by = std::string(by)};
    auto offset = log_.submit(encode(change));
    if (!offset.ok()) return std::move(offset).error().context("write the change to the log");
    const int64_t wait_ms = catalog_.config().apply_wait_ms;
    if (catalog_.wait_applied(*offset, wait_ms)) return {};
    return make_error(Code::timeout, "the change is written and will be applied, but was not within {} ms", wait_ms);
}

Result<NewKey> Changes::create_key(const KeyRequest& request) {
    if (request.name.empty() || request.name.size() > NAME_BYTES_MAX) {
        return make_error(Code::invalid, "a key needs a name of 1 to {} bytes", NAME_BYTES_MAX);
    }
    if (!is_tenant_name(request.tenant)) return make_error(Code::invalid, "not a tenant name: {}", request.tenant);
    const int64_t now_ms = clock_.now_ms();
    if (request.expires_ms && *request.expires_ms <= now_ms)
        return make_error(Code::invalid, "the key would have ended already");
    const uint32_t keys_max = catalog_.config().keys_max;
    if (catalog_.snapshot()->keys.size() >= keys_max) {
        return make_error(Code::exhausted, "there are {} keys already (catalog.keys_max); revoke one", keys_max);
    }
    NewKey made{.id = random_text(KEY_ID_LETTERS), .text = {}};
    made.text = fmt::format("bf_{}_{}_{}", scope_letter(request.scope), made.id, random_text(SECRET_LETTERS));
    ApiKey key{.id = made.id,
               .name = request.name,
               .tenant = request.tenant,
               .scope = request.scope,
               .digest = digest(made.text),
               .created_ms = now_ms,
               .created_by = request.by,
               .expires_ms = request.expires_ms};
    if (auto done = make(std::move(key), request.by); !done.ok()) return done.error();
    return made;
}

Status Changes::revoke_key(std::string_view id, std::string_view by) {
    if (!catalog_.snapshot()->keys.contains(id)) return make_error(Code::not_found, "there is no key {}", id);
    return make(RevokeKey{std::string(id)}, by);
}

Status Changes::ensure_user(const std::string& name) {
    if (catalog_.snapshot()->users.contains(name)) return {};
    return make(User{.name = name, .created_ms = clock_.now_ms()}, "start");
}

Result<DashboardChange> Changes::save_dashboard(const DashboardRequest& request) {
    const CatalogConfig& config = catalog_.config();
    Dashboard made = TRY(read_dashboard(request.body, config));
    const auto before = catalog_.snapshot();
    const auto found = before->dashboards.find(request.id);
    const bool exists = found != before->dashboards.end();
    const int64_t now_ms = clock_.now_ms();
    DashboardHead& head = made.head;
    head.id = request.id.empty() ? random_text(DASHBOARD_ID_LETTERS) : request.id;
    if (!is_dashboard_id(head.id)) return make_error(Code::invalid, "an id is 1 to 64 letters, digits, _ and -");
    if (exists && found->second.tenant != request.tenant) {
        // the id of another tenant's: not told apart from one that was never there, and not given away either
        if (request.version != 0) return make_error(Code::not_found, "there is no dashboard {}", head.id);
        return make_error(Code::invalid, "the id {} cannot be used; leave it out", head.id);
    }
    if (!exists && request.version != 0) return make_error(Code::not_found, "there is no dashboard {}", head.id);
    if (exists && found->second.version != request.version) return DashboardChange{true, found->second};
    if (!exists && before->dashboards.size() >= config.dashboards_max) {
        return make_error(Code::exhausted, "there are {} dashboards already (catalog.dashboards_max); delete one",
                          config.dashboards_max);
    }
    head.tenant = request.tenant;
    head.version = request.version + 1;
    head.created_ms = exists ? found->second.created_ms : now_ms;
    head.created_by = exists ? found->second.created_by : request.by;
    head.updated_ms = now_ms;
    head.updated_by = request.by;
    head.edit = random_text(DASHBOARD_ID_LETTERS);
    const DashboardHead wanted = head;
    if (auto done = make(std::move(made), request.by); !done.ok()) return done.error();
    // The applier takes the first of two changes of one version; whose it was stands in the row.
    const auto kept = TRY(catalog_.dashboard(wanted.id, wanted.version));
    if (kept && kept->head.edit == wanted.edit) return DashboardChange{false, wanted};
    const auto after = catalog_.snapshot();
    const auto theirs = after->dashboards.find(wanted.id);
    return DashboardChange{true, theirs == after->dashboards.end() ? DashboardHead{} : theirs->second};
}

Result<DashboardChange> Changes::remove_dashboard(const std::string& id,
                                                  std::string_view tenant,
                                                  int64_t version,
                                                  std::string_view by) {
    const auto before = catalog_.snapshot();
    const auto found = before->dashboards.find(id);
    if (found == before->dashboards.end() || found->second.tenant != tenant)
        return make_error(Code::not_found, "there is no dashboard {}", id);
    if (version != 0 && found->second.version != version) return DashboardChange{true, found->second};
    if (auto done = make(RemoveDashboard{id, version}, by); !done.ok()) return done.error();
    const auto after = catalog_.snapshot();
    const auto theirs = after->dashboards.find(id);
    if (version != 0 && theirs != after->dashboards.end()) return DashboardChange{true, theirs->second};
    return DashboardChange{false, found->second};
}

Result<Document> Changes::save_document(Document document, std::string_view by) {
    const std::lock_guard lock(document_mutex_);
    const auto before = catalog_.snapshot();
    const auto of_kind = before->documents(document.kind);
    const auto found = of_kind->find(document.id);
    if (found != of_kind->end() && found->second->tenant != document.tenant)
        return make_error(Code::not_found, "there is no {} {}", document.kind, document.id);
    if (found == of_kind->end() && of_kind->size() >= catalog_.config().documents_max) {
        return make_error(Code::exhausted, "there are {} of kind {} already (catalog.documents_max)", of_kind->size(),
                          document.kind);
    }
    if (!document.name.empty()) {
        for (const auto& [id, other] : *of_kind) {
            if (id != document.id && other->tenant == document.tenant && other->name == document.name)
                return make_error(Code::conflict, "there is a {} with the name {} already", document.kind, document.name);
        }
    }
    document.updated_ms = clock_.now_ms();
    document.created_ms = found == of_kind->end() ? document.updated_ms : found->second->created_ms;
    document.updated_by = by;
    if (auto done = make(document, by); !done.ok()) return done.error();
    return document;
}

Status Changes::remove_document(std::string_view kind, std::string_view id, std::string_view tenant, std::string_view by) {
    const std::lock_guard lock(document_mutex_);
    if (!catalog_.snapshot()->document(kind, id, tenant)) return make_error(Code::not_found, "there is no {} {}", kind, id);
    return make(RemoveDocument{std::string(kind), std::string(id)}, by);
}

bool Changes::is_tenant_name(std::string_view name) {
    if (name.empty() || name.size() > 64 || name == "." || name == "..") return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    });
}

}  // namespace belfry::catalog
