#pragma once

#include "catalog/changes.h"
#include "notify/engine.h"
#include "support/loop_change_log.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <deque>

namespace belfry::tests {

/// What a fake network saw, and what it answers; the last answer again and again.
struct FakeNetwork {
    struct Seen {
        std::string url, method, target, body;
        std::vector<std::pair<std::string, std::string>> headers;
    };
    std::vector<Seen> seen;
    std::vector<notify::Mail> mails;
    std::deque<http::FetchResponse> answers;  // empty: 200
    bool down = false;
};

class FakeLine final : public notify::Line {
  public:
    explicit FakeLine(FakeNetwork& network) : network_(network) {}
    Result<http::FetchResponse> fetch(const http::Url& url, const http::FetchRequest& request) override {
        network_.seen.push_back({url.scheme + "://" + url.authority(), request.method, request.target,
                                 std::string(request.body), request.headers});
        if (network_.down) return make_error(Code::unavailable, "nobody answers there");
        if (network_.answers.empty()) return http::FetchResponse{.status = 200, .headers = {}, .body = {}};
        http::FetchResponse out = network_.answers.front();
        if (network_.answers.size() > 1) network_.answers.pop_front();
        return out;
    }
    Status mail(const notify::MailServer&, const notify::Mail& mail) override {
        network_.mails.push_back(mail);
        if (network_.down) return make_error(Code::unavailable, "nobody answers there");
        return {};
    }

  private:
    FakeNetwork& network_;
};

/// An engine over a real catalog and store, on a clock that is moved by hand.
class NotifyFixture {
  public:
    static constexpr int64_t START_MS = 1'767'225'600'000;  // 2026-01-01, a Thursday

    explicit NotifyFixture(notify::NotifyConfig with = {}) : config(std::move(with)) {
        auto opened = catalog::Catalog::open(dir.path() + "/catalog.sqlite", {}, clock);
        REQUIRE(opened.ok());
        catalog = *std::move(opened);
        log = std::make_unique<LoopChangeLog>(*catalog);
        changes = std::make_unique<catalog::Changes>(*log, *catalog, clock);
        open();
    }

    void open() {
        engine.reset();
        auto opened = notify::Engine::open(
            {.clock = clock,
             .catalog = *catalog,
             .config = config,
             .path = dir.path() + "/notify.sqlite",
             .external_url = "http://belfry",
             .alarms =
                 [this](std::string_view) {
                     std::vector<std::shared_ptr<const model::Alarm>> out;
                     for (const auto& [id, alarm] : alarms)
                         out.push_back(alarm);
                     return out;
                 },
             .find_alarm = [this](std::string_view, std::string_view id) -> std::shared_ptr<const model::Alarm> {
                 const auto found = alarms.find(std::string(id));
                 return found == alarms.end() ? nullptr : found->second;
             },
             .make_line = [this] { return std::make_unique<FakeLine>(network); },
             .threads = false});
        REQUIRE(opened.ok());
        engine = *std::move(opened);
        engine->start();
    }

    void method(const std::string& name,
                const std::string& type = "WEBHOOK",
                int64_t period_s = 0,
                model::Dimensions options = {},
                const std::string& address = "http://hook/path") {
        const catalog::NotificationMethod m{.id = name,
                                            .name = name,
                                            .type = type,
                                            .address = address,
                                            .period_s = period_s,
                                            .options = std::move(options)};
        REQUIRE(changes->save_document(catalog::to_document(m), "t").ok());
    }
    void definition(std::vector<std::string> on_alarm, std::vector<std::string> on_ok = {}) {
        const catalog::AlarmDefinition d{.id = "def",
                                         .name = "cpu high",
                                         .expression = "cpu > 1",
                                         .alarm_actions = std::move(on_alarm),
                                         .ok_actions = std::move(on_ok)};
        REQUIRE(changes->save_document(catalog::to_document(d), "t").ok());
    }
    void routing(std::string_view yaml) {
        REQUIRE(notify::parse_routing(yaml).ok());
        REQUIRE(changes->save_document(notify::routing_document("default", yaml), "t").ok());
    }
    void silence(const std::string& id, std::string name, std::string value, int64_t ms) {
        const catalog::Silence s{
            .id = id,
            .matchers = {*model::Matcher::make(model::Matcher::Op::equal, std::move(name), std::move(value))},
            .starts_ms = clock.now_ms(),
            .ends_ms = clock.now_ms() + ms,
            .comment = "quiet"};
        REQUIRE(changes->save_document(catalog::to_document(s), "t").ok());
    }

    model::AlarmEvent transition(const std::string& id,
                                 model::AlarmState to,
                                 model::Dimensions labels = {{"host", "web-1"}}) {
        model::AlarmEvent e;
        e.id = "t" + std::to_string(++events);
        e.at_ms = clock.now_ms();
        e.alarm.id = id;
        e.alarm.definition_id = "def";
        e.alarm.name = "cpu high";
        e.alarm.severity = model::Severity::high;
        e.alarm.labels = std::move(labels);
        e.alarm.metrics = {{"cpu", {{"hostname", "web-1"}}}};
        e.alarm.reason = "Thresholds were exceeded";
        const auto before = alarms.find(id);
        e.old_state = before == alarms.end() ? model::AlarmState::undetermined : before->second->state;
        e.alarm.state = to;
        e.alarm.state_updated_ms = e.alarm.created_ms = e.at_ms;
        alarms[id] = std::make_shared<const model::Alarm>(e.alarm);
        return e;
    }
    void apply(model::AlarmEvent event) {
        const model::AlarmBatch batch{.origin = "threshold", .covered = 0, .events = {std::move(event)}};
        engine->apply(offset, offset + 1, batch);
        ++offset;
    }
    void ring(const std::string& id = "a1", model::Dimensions labels = {{"host", "web-1"}}) {
        apply(transition(id, model::AlarmState::alarm, std::move(labels)));
    }
    void acknowledge(const std::string& id) {
        auto alarm = *alarms[id];
        alarm.acknowledged = model::Acknowledgement{.by = "me", .reason = "mine"};
        alarms[id] = std::make_shared<const model::Alarm>(std::move(alarm));
    }
    void calm(const std::string& id = "a1", model::Dimensions labels = {{"host", "web-1"}}) {
        apply(transition(id, model::AlarmState::ok, std::move(labels)));
    }
    void pass(int64_t ms) {
        clock.advance_ms(ms);
        engine->step();
    }
    std::vector<notify::DeliveryRow> rows(std::string status = "") {
        REQUIRE(engine->flush(true).ok());
        auto out = engine->deliveries({.tenant = "default", .status = std::move(status)});
        REQUIRE(out.ok());
        return *std::move(out);
    }

    TempDir dir;
    ManualClock clock{START_MS};
    notify::NotifyConfig config;
    std::unique_ptr<catalog::Catalog> catalog;
    std::unique_ptr<LoopChangeLog> log;
    std::unique_ptr<catalog::Changes> changes;
    FakeNetwork network;
    std::map<std::string, std::shared_ptr<const model::Alarm>> alarms;
    std::unique_ptr<notify::Engine> engine;
    uint64_t offset = 0;
    int events = 0;
};

}  // namespace belfry::tests
