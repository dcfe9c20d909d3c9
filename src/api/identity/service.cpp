#include "api/identity/service.h"

#include "api/identity/stats.h"
#include "base/ascii.h"

namespace belfry::api {
namespace {

using catalog::Account;
using catalog::Credential;

Error refused() {
    return make_error(Code::invalid, "The request you have made requires authentication.");
}

bool is_our_domain(const NamedThing& thing) {
    return (thing.domain_id.empty() || thing.domain_id == "default") &&
           (thing.domain_name.empty() || equals_ignoring_case(thing.domain_name, "default"));
}

bool meets(const std::vector<std::string>& roles, const std::vector<std::string>& wanted) {
    return std::any_of(roles.begin(), roles.end(), [&](const std::string& role) {
        return std::find(wanted.begin(), wanted.end(), role) != wanted.end();
    });
}

std::vector<std::string> common(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::vector<std::string> out;
    std::copy_if(a.begin(), a.end(), std::back_inserter(out),
                 [&](const std::string& role) { return std::find(b.begin(), b.end(), role) != b.end(); });
    return out;
}

}  // namespace

IdentityService::IdentityService(Parts parts)
    : parts_(std::move(parts)),
      limit_(parts_.config, parts_.clock),
      remembered_(parts_.config.tokens_remembered_max),
      nobody_(catalog::hash_password("", parts_.config.password_cost_log2)) {}

Result<bool> IdentityService::fits(std::string_view password, const catalog::PasswordHash* hash) {
    const LoginLimit::Turn turn = TRY(limit_.take_turn());
    const int64_t start_ns = parts_.clock.monotonic_ns();
    const bool right = catalog::password_fits(password, hash != nullptr ? *hash : nobody_) && hash != nullptr;
    identity_hash_duration.observe_ns(parts_.clock.monotonic_ns() - start_ns);
    return right;
}

Result<catalog::PasswordHash> IdentityService::hash(std::string_view password) {
    const LoginLimit::Turn turn = TRY(limit_.take_turn());
    return catalog::hash_password(password, parts_.config.password_cost_log2);
}

Status IdentityService::check_new_password(std::string_view password) const {
    if (password.size() < parts_.config.password_length_min) {
        return make_error(Code::invalid, "a password has at least {} characters (identity.password_length_min)",
                          parts_.config.password_length_min);
    }
    if (password.size() > 1024) return make_error(Code::invalid, "a password has at most 1024 bytes");
    return {};
}

Result<std::shared_ptr<const Account>> IdentityService::log_in(const NamedThing& user,
                                                               std::string_view password,
                                                               std::string_view address) {
    const std::string_view name = user.id.empty() ? user.name : user.id;
    if (auto allowed = limit_.begin(name, address); !allowed.ok()) {
        identity_logins_total.at({"password", "limited"}).add();
        return allowed.error();
    }
    auto account = parts_.accounts.index()->find(user.id, user.name);
    if (account && (!account->enabled || !is_our_domain(user))) account = nullptr;
    const bool right = TRY(fits(password, account ? &account->password : nullptr));
    identity_logins_total.at({"password", right ? "accepted" : "refused"}).add();
    if (right) return account;
    limit_.failed(name, address);
    return refused();
}

Result<IdentityService::Proven> IdentityService::prove_credential(const AuthRequest& request,
                                                                  std::string_view address) {
    const auto index = parts_.accounts.index();
    std::shared_ptr<const Credential> credential;
    if (!request.credential.id.empty()) {
        const auto found = index->credentials.find(request.credential.id);
        if (found != index->credentials.end()) credential = found->second;
    } else if (const auto user = index->find(request.credential_user.id, request.credential_user.name)) {
        for (const auto& one : index->credentials_of(user->id))
            if (one->name == request.credential.name) credential = one;
    }
    const std::string_view name = request.credential.id.empty() ? request.credential.name : request.credential.id;
    TRY(limit_.begin(name, address));
    std::shared_ptr<const Account> account = credential ? index->find(credential->user_id, "") : nullptr;
    if (credential && credential->expires_ms && *credential->expires_ms <= parts_.clock.now_ms()) account = nullptr;
    if (account && !account->enabled) account = nullptr;
    const bool right = TRY(fits(request.secret, account ? &credential->secret : nullptr));
    identity_logins_total.at({"application_credential", right ? "accepted" : "refused"}).add();
    if (right) return Proven{.account = account, .credential = credential, .token = std::nullopt};
    limit_.failed(name, address);
    return refused();
}

Result<IdentityService::Proven> IdentityService::prove(const AuthRequest& request,
                                                       const std::string& method,
                                                       std::string_view address) {
    if (method == "password") {
        return Proven{.account = TRY(log_in(request.user, request.password, address)),
                      .credential = nullptr,
                      .token = std::nullopt};
    }
    if (method == "application_credential") return prove_credential(request, address);
    auto grant = check_own(request.token);
    identity_logins_total.at({"token", grant.ok() ? "accepted" : "refused"}).add();
    if (!grant.ok()) return refused();
    const auto index = parts_.accounts.index();
    Proven out{.account = index->find(grant->user_id, ""), .credential = nullptr, .token = *grant};
    if (!grant->credential_id.empty()) {
        const auto found = index->credentials.find(grant->credential_id);
        if (found == index->credentials.end()) return refused();
        out.credential = found->second;
    }
    return out;
}

bool IdentityService::is_admin_somewhere(const Account& account) const {
    return std::any_of(account.projects.begin(), account.projects.end(),
                       [&](const auto& item) { return meets(item.second, parts_.config.admin_roles); });
}

Status IdentityService::scope(const AuthRequest& request, const Proven& proven, Grant& grant) const {
    const Account& account = *proven.account;
    std::string project;
    switch (request.scope) {
        case AuthRequest::Scope::unscoped:
            if (proven.credential) return refused();  // it is of one project and of nothing else
            return {};
        case AuthRequest::Scope::domain:
            if (request.target.id.empty() ? !equals_ignoring_case(request.target.name, "default")
                                          : request.target.id != "default")
                return refused();
            if (proven.credential || !is_admin_somewhere(account)) return refused();
            grant.domain = true;
            grant.roles = parts_.config.admin_roles;
            return {};
        case AuthRequest::Scope::project:
            if (!is_our_domain(request.target)) return refused();
            project = request.target.id.empty() ? request.target.name : request.target.id;
            break;
        case AuthRequest::Scope::none:
            if (proven.credential)
                project = proven.credential->project;
            else if (!account.projects.empty())
                project = account.projects.begin()->first;
            if (project.empty()) return {};
            break;
    }
    grant.roles = Accounts::roles_in(account, project);
    if (proven.credential) {
        if (project != proven.credential->project) return refused();
        grant.roles = common(grant.roles, proven.credential->roles);
    }
    if (grant.roles.empty())
        return make_error(Code::invalid, "The user has no role in project {}.", project.substr(0, 80));
    grant.project = grant.project_name = project;
    return {};
}

Result<IdentityService::Issued> IdentityService::issue(const AuthRequest& request, std::string_view address) {
    Proven proven;
    for (const std::string& method : request.methods) {
        Proven one = TRY(prove(request, method, address));
        if (proven.account && proven.account->id != one.account->id) return refused();
        proven.account = one.account;
        if (one.credential) proven.credential = one.credential;
        if (one.token) proven.token = one.token;
    }
    Issued out;
    const int64_t now_ms = parts_.clock.now_ms();
    out.grant.audit_id = catalog::random_text(22);
    out.grant.user_id = proven.account->id;
    out.grant.user_name = proven.account->name;
    out.grant.methods = request.methods;
    out.grant.issued_ms = now_ms;
    out.grant.expires_ms = now_ms + parts_.config.token_life_ms;
    if (proven.token) {
        // a token made of a token lives no longer
        out.grant.expires_ms = std::min(out.grant.expires_ms, proven.token->expires_ms);
        for (const std::string& method : proven.token->methods)
            if (std::find(request.methods.begin(), request.methods.end(), method) == request.methods.end())
                out.grant.methods.push_back(method);
    }
    if (proven.credential) {
        out.grant.credential_id = proven.credential->id;
        if (proven.credential->expires_ms)
            out.grant.expires_ms = std::min(out.grant.expires_ms, *proven.credential->expires_ms);
    }
    TRY(scope(request, proven, out.grant));
    out.token = parts_.key.make(out.grant);
    return out;
}

Result<Grant> IdentityService::check_own(std::string_view token) const {
    Grant grant = TRY(parts_.key.read(token));
    const Error wrong = make_error(Code::invalid, "the token is wrong, has expired or was revoked");
    if (grant.expires_ms <= parts_.clock.now_ms() || parts_.accounts.is_revoked(grant.audit_id)) return wrong;
    const auto index = parts_.accounts.index();
    const auto account = index->find(grant.user_id, "");
    if (!account || !account->enabled || grant.issued_ms < account->password_changed_ms) return wrong;
    grant.user_name = account->name;
    if (grant.domain) {
        if (!is_admin_somewhere(*account)) return wrong;
        grant.roles = parts_.config.admin_roles;
    } else if (!grant.project.empty()) {
        grant.roles = Accounts::roles_in(*account, grant.project);
        if (!grant.credential_id.empty()) {
            const auto credential = index->credentials.find(grant.credential_id);
            if (credential == index->credentials.end()) return wrong;
            grant.roles = common(grant.roles, credential->second->roles);
        }
        if (grant.roles.empty()) return wrong;
    }
    return grant;
}

Result<Grant> IdentityService::check(std::string_view token) {
    if (parts_.keystone != nullptr && !token.starts_with(TokenKey::PREFIX)) return parts_.keystone->check(token);
    const AccountState state = parts_.accounts.state();
    const catalog::Digest key = catalog::digest(token);
    if (const TokenCache::Ptr known = remembered_.find(key, state, parts_.clock.now_ms())) {
        identity_tokens_remembered_total.add();
        return *known;
    }
    auto grant = check_own(token);
    if (grant.ok())
        remembered_.put(key, state, std::make_shared<const Grant>(*grant));
    else
        identity_tokens_refused_total.add();
    return grant;
}

Status IdentityService::revoke(std::string_view token, std::string_view by) {
    const Grant grant = TRY(check_own(token));
    TRY(parts_.accounts.revoke(grant.audit_id, grant.expires_ms, parts_.clock.now_ms(), by));
    identity_tokens_revoked_total.add();
    return {};
}

void IdentityService::describe(const std::vector<std::string>& roles, http::Identity& identity) const {
    const IdentityConfig& config = parts_.config;
    identity.roles = roles;
    const bool delegate = meets(roles, config.delegate_roles);
    const bool ingests = delegate || meets(roles, config.agent_roles);
    if (meets(roles, config.admin_roles))
        identity.role = http::Role::admin;
    else if (meets(roles, config.user_roles))
        identity.role = http::Role::editor;
    else if (meets(roles, config.read_only_roles))
        identity.role = http::Role::read;
    else if (ingests)
        identity.role = http::Role::ingest;
    else
        identity.role = http::Role::none;
    identity.also_ingests = ingests;
    identity.tenant_bound = identity.role != http::Role::admin && !delegate;
}

void IdentityService::describe(const Grant& grant, http::Identity& identity) const {
    describe(grant.roles, identity);
    identity.user = grant.user_name;
    if (!grant.project.empty()) identity.tenant = grant.project;
    if (grant.project.empty() && !grant.domain) identity.role = http::Role::none;  // of no project: may do nothing
}

bool IdentityService::describe_session(std::string_view user_name,
                                       int64_t since_ms,
                                       std::string_view wanted_project,
                                       http::Identity& identity) const {
    const auto account = parts_.accounts.index()->find("", user_name);
    if (!account || !account->enabled || since_ms < account->password_changed_ms || account->projects.empty())
        return false;
    const bool has_wanted = account->projects.contains(std::string(wanted_project));
    const std::string project = has_wanted ? std::string(wanted_project) : account->projects.begin()->first;
    describe(Accounts::roles_in(*account, project), identity);
    identity.user = account->name;
    identity.tenant = project;
    return true;
}

std::set<std::string> IdentityService::roles() const {
    std::set<std::string> out = parts_.accounts.index()->roles();
    const IdentityConfig& c = parts_.config;
    for (const auto* list : {&c.user_roles, &c.agent_roles, &c.read_only_roles, &c.delegate_roles, &c.admin_roles})
        out.insert(list->begin(), list->end());
    return out;
}

}  // namespace belfry::api
