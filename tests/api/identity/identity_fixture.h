#pragma once

#include "api/auth/authenticator.h"
#include "api/identity/routes.h"
#include "base/json.h"
#include "support/loop_change_log.h"
#include "support/temp_dir.h"

#include <memory>
#include <string>

namespace belfry::tests {

inline constexpr int64_t IDENTITY_NOW_MS = 1'700'000'000'000;

/// The identity API on a catalog without a queue; "ann" is monasca-user in "shop" and admin nowhere, "root" is admin.
struct IdentityFixture {
    TempDir dir;
    ManualClock clock{IDENTITY_NOW_MS};
    api::IdentityConfig config;
    std::unique_ptr<catalog::Catalog> catalog;
    std::unique_ptr<LoopChangeLog> log;
    std::unique_ptr<catalog::Changes> changes;
    std::unique_ptr<catalog::Sessions> sessions;
    api::LocalAccess local;
    std::unique_ptr<api::Accounts> accounts;
    std::unique_ptr<api::Keystone> keystone;
    std::unique_ptr<api::IdentityService> service;
    std::unique_ptr<api::Authenticator> auth;
    std::unique_ptr<http::Router> router;
    bool ready = true;

    explicit IdentityFixture(std::string keystone_url = "") {
        config.password_cost_log2 = catalog::PASSWORD_COST_LOG2_MIN;
        config.keystone_url = std::move(keystone_url);
        open();
        add("ann", "secret-ann", {{"shop", {"monasca-user"}}, {"till", {"monasca-read-only-user"}}});
        add("root", "secret-root", {{"default", {"admin"}}});
    }
    /// As after a restart, when called again.
    void open() {
        router.reset(), auth.reset(), service.reset(), accounts.reset(), sessions.reset(), changes.reset(), log.reset();
        catalog.reset();
        catalog = std::move(catalog::Catalog::open(dir.file("c.sqlite"), {}, clock)).value();
        log = std::make_unique<LoopChangeLog>(*catalog);
        changes = std::make_unique<catalog::Changes>(*log, *catalog, clock);
        sessions = std::move(catalog::Sessions::open(*catalog)).value();
        accounts = std::make_unique<api::Accounts>(*catalog, *changes);
        if (!config.keystone_url.empty() && !keystone)
            keystone = std::move(api::Keystone::open(config, system_clock())).value();
        service = std::make_unique<api::IdentityService>(
            api::IdentityService::Parts{.config = config,
                                        .clock = clock,
                                        .accounts = *accounts,
                                        .key = std::move(api::TokenKey::open(dir.file("identity.key"))).value(),
                                        .keystone = keystone.get()});
        auth =
            std::make_unique<api::Authenticator>(api::AuthConfig{}, clock, *catalog, *sessions, local, service.get());
        router = std::make_unique<http::Router>();
        api::add_identity_routes(*router, {*service, "127.0.0.1:2353", [this] { return ready; }});
    }
    void add(const std::string& name,
             const std::string& password,
             std::map<std::string, std::vector<std::string>> projects) {
        catalog::Account account{.id = catalog::random_hex_id(), .name = name};
        account.password = catalog::hash_password(password, config.password_cost_log2);
        account.password_changed_ms = clock.now_ms();
        account.projects = std::move(projects);
        INVARIANT(accounts->save(account, "test").ok(), "the catalog takes it");
    }

    using Headers = std::map<std::string, std::string, std::less<>>;
    http::Response call(const std::string& method,
                        const std::string& path,
                        Headers headers = {},
                        std::string body = "") {
        const http::RouteMatch match = router->find(method, path);
        INVARIANT(match.route != nullptr, "the test names a route");
        http::Request request;
        request.method = method;
        request.path = path;
        request.path_params = match.path_params;
        request.headers = std::move(headers);
        request.headers.emplace("host", "tower:2353");
        request.body = std::move(body);
        request.remote_address = "192.0.2.7";
        if (match.route->access != http::Access::open) {
            request.identity.role = http::Role::admin;
        } else if (auto identity = auth->authenticate(request); identity.ok()) {
            request.identity = *identity;
        }
        return match.route->handler(request);
    }
    static std::string password_body(const std::string& name,
                                     const std::string& password,
                                     const std::string& scope = "") {
        return R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":")" + name +
               R"(","password":")" + password + R"(","domain":{"name":"Default"}}}})" +
               (scope.empty() ? "" : R"(,"scope":)" + scope) + "}}";
    }
    static std::string project(const std::string& name) {
        return R"({"project":{"name":")" + name + R"(","domain":{"name":"Default"}}})";
    }
    http::Response log_in(const std::string& body) { return call("POST", "/identity/v3/auth/tokens", {}, body); }
    /// The token; "" when it was refused.
    std::string token(const std::string& name, const std::string& password, const std::string& scope = "") {
        return header(log_in(password_body(name, password, scope)), "X-Subject-Token");
    }
    Result<http::Identity> who(const std::string& token) {
        http::Request request;
        request.headers.emplace("x-auth-token", token);
        return auth->authenticate(request);
    }
    static std::string header(const http::Response& response, std::string_view name) {
        for (const auto& [key, value] : response.headers)
            if (key == name) return value;
        return "";
    }
    static JsonView json(const http::Response& response) { return JsonView::parse(response.body).value(); }
};

}  // namespace belfry::tests
