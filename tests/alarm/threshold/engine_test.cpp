#include "alarm/threshold/engine.h"

#include "engine_driver.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

using Kind = model::AlarmEvent::Kind;
using model::AlarmState;

model::AlarmBatch by_hand(const model::Alarm& alarm, Kind kind, int64_t at_s) {
    model::AlarmBatch out;
    out.origin = "api";
    model::AlarmEvent event;
    event.kind = kind;
    event.at_ms = EngineDriver::BASE_MS + at_s * 1'000;
    event.alarm = alarm;
    out.events.push_back(std::move(event));
    return out;
}

const model::Alarm& last_alarm(const EngineDriver& driver) {
    return driver.seen.back().event.alarm;
}

}  // namespace

TEST_CASE("an alarm is made once, says what it is for and names its metrics") {
    EngineDriver driver;
    auto definition = EngineDriver::definition("max(cpu) > 5 or max(mem) > 5", {"host"});
    definition.labels = {{"host", "never"}, {"team", "sea"}};
    definition.severity = model::Severity::high;
    driver.define(definition);
    driver.sample(1, "cpu", 9, {{"host", "a"}, {"core", "0"}});
    CHECK(driver.seen.empty());
    driver.sample(2, "mem", 1, {{"host", "a"}});
    REQUIRE(driver.seen.size() == 1);
    const model::Alarm& made = driver.seen[0].event.alarm;
    CHECK(made.labels == model::Dimensions{{"host", "a"}, {"team", "sea"}});
    CHECK(made.state == AlarmState::undetermined);
    CHECK(made.severity == model::Severity::high);
    CHECK(made.metrics ==
          std::vector<model::AlarmMetric>{{"cpu", {{"core", "0"}, {"host", "a"}}}, {"mem", {{"host", "a"}}}});
    driver.sample(3, "cpu", 1, {{"host", "a"}, {"core", "1"}});
    REQUIRE(driver.count(Kind::joined) == 1);
    CHECK(last_alarm(driver).metrics == std::vector<model::AlarmMetric>{{"cpu", {{"core", "1"}, {"host", "a"}}}});
    driver.sample(4, "cpu", 1, {{"host", "a"}, {"core", "1"}});
    CHECK(driver.count(Kind::joined) == 1);
    driver.until(91);
    CHECK(driver.states({{"host", "a"}, {"team", "sea"}}) == "U A@91");
    CHECK(last_alarm(driver).metrics.size() == 3);
}

TEST_CASE("a metric with none of the keys makes no alarm, one with some joins all that agree") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("max(disk) > 90 and last(cpu) > 50", {"host", "device"}));
    driver.sample(1, "cpu", 60);
    driver.sample(1, "cpu", 60, {{"host", "a"}});
    driver.sample(1, "disk", 95, {{"host", "a"}, {"device", "sda"}});
    driver.sample(2, "disk", 10, {{"host", "a"}, {"device", "sdb"}});
    driver.sample(2, "disk", 99, {{"host", "b"}, {"device", "sda"}});
    CHECK(driver.count(Kind::created) == 2);
    CHECK(driver.states({{"device", "sda"}, {"host", "a"}}) == "U A@1");
    driver.sample(3, "cpu", 10, {{"host", "a"}});
    driver.sample(3, "cpu", 70, {{"host", "b"}});
    CHECK(driver.states({{"device", "sda"}, {"host", "a"}}) == "U A@1 O@3");
    CHECK(driver.states({{"device", "sda"}, {"host", "b"}}) == "U A@3");
    CHECK(driver.engine.waiting_count() == 2);
}

TEST_CASE("metrics with different keys make an alarm together") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("last(a) > 1 and last(b) > 1", {"x", "y"}));
    driver.sample(1, "a", 2, {{"x", "1"}});
    driver.sample(2, "b", 2, {{"y", "2"}});
    CHECK(driver.states({{"x", "1"}, {"y", "2"}}) == "U A@2");
    CHECK(driver.count(Kind::created) == 1);
}

TEST_CASE("series of other tenants are not seen") {
    EngineDriver driver;
    auto definition = EngineDriver::definition("max(m) > 1");
    definition.tenant = "other";
    driver.define(definition);
    driver.sample(1, "m", 5);
    CHECK(driver.seen.empty());
    driver.sample(1, "m", 5, {{"", "other"}});
    CHECK(driver.states() == "U A@1");
    CHECK(last_alarm(driver).tenant == "other");
    CHECK(last_alarm(driver).metrics == std::vector<model::AlarmMetric>{{"m", {}}});
}

TEST_CASE("samples from before a definition do not count, their series do") {
    EngineDriver driver;
    driver.sample(1, "m", 9);
    driver.define(EngineDriver::definition("max(m) > 5"));
    driver.until(3);
    CHECK(driver.seen.empty());
    driver.log_series = false;
    driver.sample(4, "m", 1);
    driver.until(91);
    CHECK(driver.states() == "U O@91");
}

TEST_CASE("a sample from the future slides nobody's window") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("avg(m) > 10"));
    driver.sample(2, "m", 20);
    driver.sample(3, "m", 500, {{"h", "ahead"}}, 100'000);
    driver.sample(50, "m", 30);
    driver.until(91);
    CHECK(driver.states() == "U A@91");
    CHECK(last_alarm(driver).reason.ends_with("with the values: [25.0]"));
}

TEST_CASE("a value from the future does not hold last for ever") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("last(m) > 10"));
    driver.sample(2, "m", 20, {}, 100'000);
    driver.sample(3, "m", 1);
    CHECK(driver.states() == "U O@3");
}

TEST_CASE("another threshold keeps the values and tells the state again") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("avg(m) > 10"));
    driver.sample(2, "m", 20);
    driver.until(10);
    driver.define(EngineDriver::definition("avg(m) > 30"));
    driver.until(91);
    CHECK(driver.states() == "U O@91");
    CHECK(last_alarm(driver).reason ==
          "The alarm threshold(s) have not been exceeded for the sub-alarms: avg(m) > 30.0 with the values: [20.0]");
}

TEST_CASE("another function, period or times flushes the values") {
    for (const std::string expression : {"sum(m) > 10", "avg(m, 120) > 10", "avg(m) > 10 times 2"}) {
        CAPTURE(expression);
        EngineDriver driver;
        driver.define(EngineDriver::definition("avg(m) > 10"));
        driver.sample(2, "m", 20);
        driver.until(10);
        driver.define(EngineDriver::definition(expression));
        driver.sample(20, "m", 5);
        driver.sample(70, "m", 5);
        driver.until(160);
        CHECK(driver.states().starts_with("U O@"));
    }
}

TEST_CASE("a changed name reaches the alarms") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("max(m) > 10"));
    driver.sample(2, "m", 20);
    auto renamed = EngineDriver::definition("max(m) > 10");
    renamed.name = "other";
    renamed.labels = {{"team", "sea"}};
    driver.define(renamed);
    REQUIRE(driver.count(Kind::changed) == 1);
    CHECK(last_alarm(driver).name == "other");
    CHECK(last_alarm(driver).labels == model::Dimensions{{"team", "sea"}});
    CHECK(last_alarm(driver).state == AlarmState::alarm);
    driver.define(renamed);
    CHECK(driver.count(Kind::changed) == 1);
}

TEST_CASE("alarms go with their definition") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("max(m) > 10", {"h"}));
    driver.sample(2, "m", 20, {{"h", "a"}});
    driver.sample(2, "m", 20, {{"h", "b"}});
    driver.documents.clear();
    driver.engine.set_definitions(driver.documents, driver.engine.now_ms());
    driver.note();
    CHECK(driver.count(Kind::deleted) == 2);
    driver.sample(3, "m", 20, {{"h", "a"}});
    driver.until(300);
    CHECK(driver.count(Kind::created) == 2);
    CHECK(driver.count(Kind::transition) == 2);
    CHECK(driver.engine.alarm_count() == 0);
}

TEST_CASE("an alarm that somebody deletes is made anew by its metrics") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("last(a) > 1 and last(b) > 1"));
    driver.sample(1, "a", 2);
    driver.sample(1, "b", 2);
    CHECK(driver.states() == "U A@1");
    driver.engine.tell(by_hand(last_alarm(driver), Kind::deleted, 2));
    driver.log_series = false;
    driver.sample(3, "a", 0);
    CHECK(driver.count(Kind::created) == 1);
    driver.sample(4, "b", 2);
    CHECK(driver.count(Kind::created) == 2);
    CHECK(driver.states() == "U O@4");
}

TEST_CASE("a state set by hand flips back when the samples say otherwise") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("max(m) > 10"));
    driver.sample(2, "m", 20);
    model::Alarm alarm = last_alarm(driver);
    alarm.state = AlarmState::ok;
    alarm.lifecycle_state = "OPEN";
    driver.engine.tell(by_hand(alarm, Kind::transition, 3));
    driver.sample(5, "m", 20);
    CHECK(driver.states() == "U A@2 A@5");
    CHECK(driver.seen.back().event.old_state == AlarmState::ok);
    CHECK(last_alarm(driver).lifecycle_state == "OPEN");
    SUBCASE("a quiet one is announced at the end of its window") {
        alarm = last_alarm(driver);
        alarm.state = AlarmState::ok;
        driver.engine.tell(by_hand(alarm, Kind::transition, 6));
        driver.until(91);
        CHECK(driver.states() == "U A@2 A@5 A@91");
    }
    SUBCASE("a decision that is on its way wins") {
        alarm.state = AlarmState::ok;
        driver.engine.tell(by_hand(alarm, Kind::transition, 4));
        driver.until(91);
        CHECK(driver.states() == "U A@2 A@5");
    }
}

TEST_CASE("an acknowledgement ends when the alarm is OK") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("last(m) > 10"));
    driver.sample(2, "m", 20);
    model::Alarm alarm = last_alarm(driver);
    alarm.acknowledged = {.by = "ann", .reason = "I am on it", .at_ms = 1, .until_ms = 0};
    driver.engine.tell(by_hand(alarm, Kind::changed, 3));
    driver.sample(4, "m", 1);
    CHECK(!last_alarm(driver).acknowledged);
    driver.sample(5, "m", 20);
    CHECK(!last_alarm(driver).acknowledged);
    CHECK(driver.states() == "U A@2 O@4 A@5");
}

TEST_CASE("limits of alarms, listed and waiting metrics hold, and nothing else is lost") {
    EngineDriver driver({.alarms_max = 2, .metrics_listed_max = 1, .waiting_metrics_max = 3});
    driver.define(EngineDriver::definition("last(m) > 10", {"h"}));
    for (const char* host : {"a", "b", "c", "d"})
        driver.sample(1, "m", 20, {{"h", host}});
    driver.sample(2, "m", 1, {{"h", "a"}, {"core", "1"}});
    CHECK(driver.count(Kind::created) == 2);
    CHECK(driver.count(Kind::joined) == 0);
    CHECK(driver.states({{"h", "a"}}) == "U A@1 O@2");
    CHECK(driver.states({{"h", "c"}}) == "");
    driver.engine.tell(by_hand(last_alarm(driver), Kind::deleted, 2));
    driver.sample(3, "m", 30, {{"h", "c"}});
    CHECK(driver.states({{"h", "c"}}) == "U A@3");
}

TEST_CASE("live values and sub-alarms are told") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("avg(m) > 10"));
    driver.sample(2, "m", 20);
    driver.sample(3, "m", 10);
    const std::string id = last_alarm(driver).id;
    CHECK(driver.engine.current_value(id) == 15);
    CHECK(driver.engine.sub_alarms_json(id).value().find(R"("sub_alarm_state":"UNDETERMINED","current_values":[])") !=
          std::string::npos);
    CHECK(driver.engine.current_value("nobody") == std::nullopt);
    driver.until(91);
    CHECK(driver.engine.sub_alarms_json(id).value().find(R"("sub_alarm_state":"ALARM","current_values":[15])") !=
          std::string::npos);
}

TEST_CASE("NaN and the end of a series feed nothing") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("count(m) < 1"));
    driver.sample(2, "m", std::numeric_limits<double>::quiet_NaN());
    driver.until(300);
    CHECK(driver.states() == "U");
}

}  // namespace belfry::alarm
