#include "alarm/rules/rule_alarms.h"

#include "alarm/rules/rule.h"
#include "support/memory_alarms.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

using Lines = std::vector<std::string>;

struct World {
    StoredAlarms stored() {
        return {.find = [this](std::string_view, std::string_view id) { return alarms.find(id); },
                .all = [this] { return alarms.all(); },
                .applied_to = [this] { return alarms.offset; }};
    }
    static Transition transition(std::string_view host, AlertState from, AlertState to, int64_t at_ms = 5) {
        Transition out{.tenant = "default",
                       .file = "r.yml",
                       .group = "g",
                       .rule = "Down",
                       .expression = "up == 0",
                       .from = from,
                       .to = to,
                       .at_ms = at_ms,
                       .alert = {}};
        out.alert.state = to;
        out.alert.labels = model::Labels{{"alertname", "Down"}, {"host", host}, {"severity", "page"}};
        out.alert.annotations = {{"summary", "it is down"}};
        return out;
    }
    void restart() {
        outbox = std::make_unique<AlarmOutbox>(alarms, stored(), "rules", 100);
        rules = std::make_unique<RuleAlarms>(*outbox, clock, 3'600'000);
    }
    World() { restart(); }

    ManualClock clock{1'000'000};
    test::MemoryAlarms alarms;
    std::unique_ptr<AlarmOutbox> outbox;
    std::unique_ptr<RuleAlarms> rules;
};

RuleGroup group_with(std::string_view name) {
    auto rule = std::make_shared<Rule>();
    rule->alerting = true;
    rule->name = name;
    RuleGroup out;
    out.file = "r.yml";
    out.name = "g";
    out.rules.push_back(rule);
    return out;
}

}  // namespace

TEST_CASE("an alert becomes an alarm when it fires first, and is OK when it is resolved") {
    World w;
    w.rules->changed({World::transition("a", AlertState::inactive, AlertState::pending)});
    CHECK(w.alarms.take().empty());
    w.rules->changed({World::transition("a", AlertState::pending, AlertState::firing)});
    CHECK(w.alarms.take() == Lines{"created Down OK a", "transition Down OK->ALARM a"});
    const auto alarm = w.alarms.all().at(0);
    CHECK(alarm->severity == model::Severity::critical);
    CHECK(alarm->source == model::AlarmSource::rule);
    CHECK(alarm->definition_id == "r.yml;g;Down");
    CHECK(alarm->description == "it is down");
    CHECK(alarm->reason == "The expression gives 0: up == 0");
    CHECK(alarm->value == 0.0);
    CHECK(alarm->id == w.alarms.batches.at(0).events.at(1).alarm.id);
    w.rules->changed({World::transition("a", AlertState::firing, AlertState::inactive)});
    w.rules->changed({World::transition("a", AlertState::inactive, AlertState::firing)});
    CHECK(w.alarms.take() == Lines{"transition Down ALARM->OK a", "transition Down OK->ALARM a"});
}

TEST_CASE("what the log refuses is tried again in order") {
    World w;
    w.alarms.refuses = true;
    w.rules->changed({World::transition("a", AlertState::inactive, AlertState::firing)});
    w.rules->changed({World::transition("b", AlertState::inactive, AlertState::firing)});
    CHECK(!w.outbox->flush());
    w.alarms.refuses = false;
    CHECK(w.outbox->flush());
    CHECK(w.alarms.take() == Lines{"created Down OK a", "transition Down OK->ALARM a", "created Down OK b",
                                   "transition Down OK->ALARM b"});
}

TEST_CASE("when too much waits the transitions of an alarm become one") {
    World w;
    w.alarms.refuses = true;
    for (int i = 0; i < 60; ++i) {
        w.rules->changed({World::transition("a", AlertState::inactive, AlertState::firing)});
        w.rules->changed({World::transition("a", AlertState::firing, AlertState::inactive)});
    }
    w.rules->changed({World::transition("a", AlertState::inactive, AlertState::firing)});
    w.alarms.refuses = false;
    CHECK(w.outbox->flush());
    CHECK(w.alarms.lines.size() < 102);
    CHECK(w.alarms.lines.front() == "created Down OK a");
    CHECK(w.alarms.all().at(0)->state == model::AlarmState::alarm);
}

TEST_CASE("after a start the stored alarms are made to agree with what fires, and nothing rings twice") {
    World w;
    for (const char* host : {"a", "b"})
        w.rules->changed({World::transition(host, AlertState::inactive, AlertState::firing)});
    w.alarms.take();
    w.restart();
    w.rules->settled("default", group_with("Down"),
                     {World::transition("a", AlertState::firing, AlertState::firing),
                      World::transition("c", AlertState::firing, AlertState::firing)});
    CHECK(w.alarms.take() == Lines{"transition Down ALARM->OK b", "created Down OK c", "transition Down OK->ALARM c"});
    w.rules->settled("default", group_with("Down"),
                     {World::transition("a", AlertState::firing, AlertState::firing),
                      World::transition("c", AlertState::firing, AlertState::firing)});
    CHECK(w.alarms.take().empty());
}

TEST_CASE("alarms of rules that are gone, and those that are over for long, are removed") {
    World w;
    w.rules->changed({World::transition("a", AlertState::inactive, AlertState::firing)});
    w.rules->changed({World::transition("b", AlertState::inactive, AlertState::firing, 1'000'000)});
    w.rules->changed({World::transition("b", AlertState::firing, AlertState::inactive, 1'000'000)});
    w.alarms.take();
    w.rules->sweep(std::nullopt);
    CHECK(w.alarms.take().empty());
    w.clock.advance_ms(3'600'001);
    w.rules->sweep(std::set<std::string>{"r.yml;g;Down"});
    CHECK(w.alarms.take() == Lines{"deleted Down"});
    w.rules->sweep(std::set<std::string>{"r.yml;g;Other"});
    CHECK(w.alarms.alarms.empty());
    w.rules->changed({World::transition("a", AlertState::inactive, AlertState::firing)});
    CHECK(w.alarms.alarms.size() == 1);
}

TEST_CASE("severities of rule files have their place") {
    CHECK(severity_of_label("page") == model::Severity::critical);
    CHECK(severity_of_label("Critical") == model::Severity::critical);
    CHECK(severity_of_label("error") == model::Severity::high);
    CHECK(severity_of_label("warning") == model::Severity::medium);
    CHECK(severity_of_label("info") == model::Severity::low);
    CHECK(severity_of_label("HIGH") == model::Severity::high);
}

}  // namespace belfry::alarm
