#pragma once

#include "api/belfry/alarm_routes.h"
#include "api/belfry/routes.h"
#include "base/json.h"
#include "catalog/sessions.h"
#include "query/workers.h"
#include "support/loop_alarm_log.h"
#include "support/loop_change_log.h"
#include "support/memory_source.h"
#include "support/temp_dir.h"

#include <memory>
#include <string>

namespace belfry::tests {

inline constexpr int64_t BELFRY_NOW_MS = 1'700'000'000'000;

class FakeStatus : public api::StatusSource {
  public:
    api::StatusFacts now;
    [[nodiscard]] api::StatusFacts facts() const override { return now; }
};

class FakeHost : public api::HostSource {
  public:
    mutable int64_t asked_since_ms = 0;
    [[nodiscard]] api::HostLive live(int64_t since_ms) const override {
        asked_since_ms = since_ms;
        return {.host = "tower",
                .cores = 2,
                .times_ms = {1000, 2000},
                .series = {{"cpu", "CPU", "ratio", {0.5, std::nan("")}}},
                .by_cpu = {{1, "init", 0.25, 4096}}};
    }
};

class FakeDemo : public api::DemoControl {
  public:
    bool running = false;
    bool fail = false;
    [[nodiscard]] api::DemoState state() const override {
        return {.running = running,
                .series = running ? 7U : 0U,
                .since_ms = running ? std::optional<int64_t>(5) : std::nullopt};
    }
    [[nodiscard]] Status start(std::string_view) override {
        if (fail) return make_error(Code::exhausted, "too many series");
        running = true;
        return {};
    }
    [[nodiscard]] Status remove(std::string_view) override {
        running = false;
        return {};
    }
};

/// Belfry's own resources on a catalog without a queue. `call` goes straight to the handler, as an admin.
struct BelfryFixture {
    TempDir dir;
    ManualClock clock{BELFRY_NOW_MS};
    std::unique_ptr<catalog::Catalog> catalog =
        std::move(catalog::Catalog::open(dir.file("c.sqlite"), {}, clock)).value();
    LoopChangeLog log{*catalog};
    catalog::Changes changes{log, *catalog, clock};
    std::unique_ptr<catalog::Sessions> sessions = std::move(catalog::Sessions::open(*catalog)).value();
    api::LocalAccess local;
    api::Authenticator authenticator;
    api::ServerFacts server{.version = "0.1.0",
                            .node = "tower-1",
                            .address = "127.0.0.1:2353",
                            .start_ms = 5,
                            .config = {{"server.listen", "\"127.0.0.1:0\"", "\"127.0.0.1:2353\"", "flag"}}};
    FakeStatus status;
    FakeHost host;
    FakeDemo demo;
    api::PipelineHistory history;
    std::unique_ptr<catalog::AlarmStore> alarms =
        std::move(catalog::AlarmStore::open(dir.file("a.sqlite"), {}, clock)).value();
    LoopAlarmLog alarm_log{*alarms};
    alarm::Desk desk{{clock, *alarms, alarm_log, *catalog, changes}};
    alarm::Definitions definitions{{*catalog, changes, desk, {}, {}}};
    test::MemorySource source;
    query::Workers workers{0};
    promql::Engine engine{source, workers};
    std::vector<api::NotifiedFacts> notified;
    http::Router router;

    explicit BelfryFixture(const api::AuthConfig& config = {})
        : authenticator(config, clock, *catalog, *sessions, local) {
        api::add_belfry_routes(router, {clock, server, status, history, host, demo, authenticator, *catalog, changes});
        api::add_alarm_routes(
            router, {.clock = clock,
                     .store = *alarms,
                     .catalog = *catalog,
                     .desk = desk,
                     .definitions = definitions,
                     .engine = engine,
                     .limits = {},
                     .value_now = {},
                     .sub_alarms_now = {},
                     .notified = [this](const api::NotifiedQuery&) { return notified; }});
    }

    http::Response call(const std::string& method, const std::string& path, http::Request request) {
        const http::RouteMatch match = router.find(method, path);
        INVARIANT(match.route != nullptr, "the test names a route");
        request.method = method;
        request.path = path;
        request.path_params = match.path_params;
        return match.route->handler(request);
    }
    http::Response call(const std::string& method, const std::string& path) {
        return call(method, path, admin_request());
    }
    static http::Request admin_request(std::string body = "") {
        http::Request request;
        request.identity = {.role = http::Role::admin, .user = "admin", .loopback = true};
        request.body = std::move(body);
        return request;
    }
    static JsonView json(const http::Response& response) { return JsonView::parse(response.body).value(); }
    static std::string header(const http::Response& response, std::string_view name) {
        for (const auto& [key, value] : response.headers) {
            if (key == name) return value;
        }
        return "";
    }
};

}  // namespace belfry::tests
