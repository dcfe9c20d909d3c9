#include "api/auth/exposure.h"
#include "app/parts.h"
#include "app/web_files.h"
#include "base/log.h"
#include "http/grpc.h"

namespace belfry::app {
namespace {

// "127.0.0.1:9090/prometheus" -> address and path prefix.
Result<http::Entrance> parse_entrance(std::string name, std::string_view text) {
    const size_t slash = text.find('/');
    http::Entrance entrance;
    entrance.name = std::move(name);
    entrance.address = TRY(net::Address::parse(text.substr(0, slash)));
    if (slash != std::string_view::npos) entrance.path_prefix = std::string(text.substr(slash));
    return entrance;
}

}  // namespace

Status App::Parts::check_listeners() const {
    api::Exposure exposure{.listeners = {},
                           .auth = config.auth.mode != "off",
                           .has_keys = !catalog->snapshot()->keys.empty() ||
                                       !catalog->snapshot()->documents(catalog::ACCOUNT)->empty(),
                           .allow_open = config.server.allow_open};
    std::vector<std::string> addresses = config.server.aliases;
    addresses.push_back(config.server.listen);
    addresses.insert(addresses.end(), config.server.default_aliases.begin(), config.server.default_aliases.end());
    for (const std::string& text : addresses) {
        const http::Entrance entrance = TRY(parse_entrance("", text));
        exposure.listeners.push_back({.address = text, .loopback = entrance.address.is_loopback(), .tls = false});
    }
    TRY(api::check_exposure(exposure));
    // these protocols know no keys
    exposure.listeners.clear();
    exposure.has_keys = false;
    for (const std::string& text : {config.graphite.listen, config.graphite.pickle_listen, config.statsd.listen}) {
        if (text.empty()) continue;
        const net::Address address = TRY(net::Address::parse(text));
        exposure.listeners.push_back({.address = text, .loopback = address.is_loopback(), .tls = false});
    }
    return api::check_exposure(exposure);
}

http::AccessPolicy App::Parts::access_policy() const {
    return {.auth_off = config.auth.mode == "off",
            .loopback_reads = config.auth.loopback_reads,
            .loopback_ingests = config.auth.loopback_ingests};
}

Status App::Parts::open_front_door() {
    TRY(check_listeners());
    local = std::make_unique<api::LocalAccess>();
    TRY(open_identity());
    TRY(open_transforms());
    authenticator =
        std::make_unique<api::Authenticator>(config.auth, clock, *catalog, *sessions, *local, identities.get());
    api::add_belfry_routes(router, {.clock = clock,
                                    .server = facts,
                                    .status = *status,
                                    .history = history,
                                    .host = *host_facts,
                                    .demo = *demo,
                                    .authenticator = *authenticator,
                                    .catalog = *catalog,
                                    .changes = *changes});
    open_notify_routes();
    // Until the log is replayed nothing is written or read: ids are not known and answers would have holes.
    router.wrap_handlers([this](const http::Route& route) -> http::Handler {
        if (route.access == http::Access::open) return route.handler;
        return [this, inner = route.handler](const http::Request& request) {
            const std::vector<std::string> reasons = readiness.reasons();
            if (reasons.empty()) return inner(request);
            http::Response refusal = http::error_response(503, "unavailable", "not ready yet: " + reasons.front());
            refusal.headers.emplace_back("Retry-After", "1");
            return refusal;
        };
    });
    http::add_health_routes(router, readiness);
    http::add_grpc_health(router, readiness,
                          {.message_bytes_max = config.http.decoded_bytes_max, .ratio_max = config.http.decoded_ratio_max});
    files = std::make_unique<http::StaticFiles>(config.server.web_dir.empty()
                                                    ? http::StaticFiles::embedded(embedded_web_files())
                                                    : TRY(http::StaticFiles::directory(config.server.web_dir)));
    http::add_own_metrics_route(router);
    server = TRY(http::Server::start({.config = config.http,
                                      .policy = access_policy(),
                                      .router = router,
                                      .authenticator = *authenticator,
                                      .files = files.get(),
                                      .clock = clock}));
    const auto main_entrance = TRY(server->open(TRY(parse_entrance("main", config.server.listen))));
    facts.address = main_entrance->address.to_string();
    for (const auto* list : {&config.server.aliases, &config.server.default_aliases}) {
        for (const std::string& text : *list) {
            const http::Entrance entrance = TRY(parse_entrance("alias", text));
            const auto alias = server->open(entrance);
            if (!alias.ok()) log_warn("app", "alias not opened", {{"address", text}, {"error", alias.error().message}});
            facts.aliases.push_back({.address = alias.ok() ? (*alias)->address.to_string() + entrance.path_prefix : text,
                                     .error = alias.ok() ? "" : alias.error().message});
        }
    }
    TRY(open_sockets());
    TRY(open_checks());
    return local->write(data.path(), "http://" + facts.address);
}

}  // namespace belfry::app
