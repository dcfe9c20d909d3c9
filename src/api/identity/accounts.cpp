#include "api/identity/accounts.h"

#include "base/json.h"
#include "base/log.h"

namespace belfry::api {
namespace {

constexpr std::string_view REVOKED_TOKEN = "revoked_token";
constexpr size_t FORGET_AT_ONCE = 20;  // expired revocations that one revocation clears away

}  // namespace

std::shared_ptr<const catalog::Account> AccountIndex::find(std::string_view id, std::string_view name) const {
    const auto& table = id.empty() ? by_name : by_id;
    const auto found = table.find(id.empty() ? name : id);
    if (found == table.end() || (!name.empty() && found->second->name != name)) return nullptr;
    return found->second;
}

std::vector<std::shared_ptr<const catalog::Credential>> AccountIndex::credentials_of(std::string_view user_id) const {
    std::vector<std::shared_ptr<const catalog::Credential>> out;
    for (const auto& [id, credential] : credentials)
        if (credential->user_id == user_id) out.push_back(credential);
    return out;
}

std::set<std::string> AccountIndex::projects() const {
    std::set<std::string> out;
    for (const auto& [id, account] : by_id)
        for (const auto& [project, roles] : account->projects)
            out.insert(project);
    return out;
}

std::set<std::string> AccountIndex::roles() const {
    std::set<std::string> out;
    for (const auto& [id, account] : by_id)
        for (const auto& [project, roles] : account->projects)
            out.insert(roles.begin(), roles.end());
    return out;
}

std::shared_ptr<const AccountIndex> Accounts::index() const {
    const auto snapshot = catalog_.snapshot();
    auto accounts = snapshot->documents(catalog::ACCOUNT);
    auto credentials = snapshot->documents(catalog::CREDENTIAL);
    const std::lock_guard lock(mutex_);
    if (index_ && accounts == accounts_ && credentials == credentials_) return index_;
    auto made = std::make_shared<AccountIndex>();
    for (const auto& [id, document] : *accounts) {
        auto account = catalog::read_account(*document);
        if (!account.ok()) {
            log_warn("identity", "an account was passed over", {{"error", account.error().message}});
            continue;
        }
        auto shared = std::make_shared<const catalog::Account>(*std::move(account));
        made->by_id.emplace(id, shared);
        made->by_name.emplace(shared->name, shared);
    }
    for (const auto& [id, document] : *credentials) {
        auto credential = catalog::read_credential(*document);
        if (credential.ok())
            made->credentials.emplace(id, std::make_shared<const catalog::Credential>(*std::move(credential)));
        else
            log_warn("identity", "an application credential was passed over", {{"error", credential.error().message}});
    }
    accounts_ = std::move(accounts);
    credentials_ = std::move(credentials);
    index_ = std::move(made);
    return index_;
}

std::vector<std::string> Accounts::roles_in(const catalog::Account& account, std::string_view project) {
    if (!account.enabled) return {};
    const auto found = account.projects.find(std::string(project));
    return found == account.projects.end() ? std::vector<std::string>() : found->second;
}

Status Accounts::save(const catalog::Account& account, std::string_view by) {
    for (const auto& [project, roles] : account.projects) {
        if (catalog_.snapshot()->tenants.contains(project)) continue;
        TRY(changes_.make(catalog::Tenant{.id = project, .name = project, .created_ms = account.updated_ms}, by));
    }
    auto saved = changes_.save_document(catalog::to_document(account), by);
    if (saved.ok()) return {};
    if (saved.error().code == Code::conflict)
        return make_error(Code::conflict, "there is a user {} already", account.name);
    return saved.error();
}

Status Accounts::remove(std::string_view name, std::string_view by) {
    const auto now = index();
    const auto account = now->find("", name);
    if (!account) return make_error(Code::not_found, "there is no user {}", name);
    TRY(changes_.remove_document(catalog::ACCOUNT, account->id, catalog::ACCOUNTS_TENANT, by));
    for (const auto& credential : now->credentials_of(account->id))
        TRY(remove_credential(credential->id, by));
    return {};
}

Status Accounts::save(const catalog::Credential& credential, std::string_view by) {
    auto saved = changes_.save_document(catalog::to_document(credential), by);
    if (saved.ok()) return {};
    if (saved.error().code == Code::conflict)
        return make_error(Code::conflict, "there is an application credential {} already", credential.name);
    return saved.error();
}

Status Accounts::remove_credential(std::string_view id, std::string_view by) {
    return changes_.remove_document(catalog::CREDENTIAL, id, catalog::ACCOUNTS_TENANT, by);
}

AccountState Accounts::state() const {
    const auto snapshot = catalog_.snapshot();
    return {.accounts = snapshot->documents(catalog::ACCOUNT),
            .credentials = snapshot->documents(catalog::CREDENTIAL),
            .revoked = snapshot->documents(REVOKED_TOKEN)};
}

bool Accounts::is_revoked(std::string_view audit_id) const {
    return catalog_.snapshot()->document(REVOKED_TOKEN, audit_id, catalog::ACCOUNTS_TENANT) != nullptr;
}

Status Accounts::revoke(const std::string& audit_id, int64_t expires_ms, int64_t now_ms, std::string_view by) {
    JsonWriter json;
    json.begin_object().field("expires_ms", expires_ms).end_object();
    auto saved = changes_.save_document({.kind = std::string(REVOKED_TOKEN),
                                         .id = audit_id,
                                         .tenant = std::string(catalog::ACCOUNTS_TENANT),
                                         .name = {},
                                         .json = json.take()},
                                        by);
    if (!saved.ok()) return saved.error();
    std::vector<std::string> expired;
    for (const auto& [id, document] : *catalog_.snapshot()->documents(REVOKED_TOKEN)) {
        const auto value = JsonView::parse(document->json);
        if (value.ok() && value->int_or("expires_ms", 0) <= now_ms) expired.push_back(id);
        if (expired.size() == FORGET_AT_ONCE) break;
    }
    for (const std::string& id : expired)
        (void)changes_.remove_document(REVOKED_TOKEN, id, catalog::ACCOUNTS_TENANT, by);
    return {};
}

}  // namespace belfry::api
