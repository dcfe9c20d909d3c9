#include "alarm/backtest/backtest.h"

#include "alarm/backtest/strip.h"
#include "query/workers.h"
#include "support/memory_source.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

using model::AlarmState;
constexpr int64_t MINUTE = 60'000;
constexpr int64_t START_MS = 1'700'000'000'000 / MINUTE * MINUTE;

struct World {
    void add(std::string_view host, int64_t minute, double value) {
        source.add(model::Labels{{"__name__", "load"}, {"hostname", host}}, START_MS + minute * MINUTE + 5'000, value);
    }
    Result<Backtest> run(const catalog::AlarmDefinition& definition, int64_t minutes, std::vector<double> also = {}) {
        query::Budget budget(limits, clock);
        return backtest({.engine = engine, .source = source, .threshold = {}},
                        {.definition = definition,
                         .range = {.from_ms = START_MS, .to_ms = START_MS + minutes * MINUTE},
                         .also = std::move(also)},
                        budget);
    }
    ManualClock clock{START_MS};
    test::MemorySource source;
    query::Workers workers{0};
    promql::Engine engine{source, workers};
    query::BudgetLimits limits;
};

catalog::AlarmDefinition definition(catalog::AlarmLanguage language, std::string_view expression) {
    catalog::AlarmDefinition out;
    out.id = "d";
    out.name = "n";
    out.language = language;
    out.expression = expression;
    return out;
}

std::string shown(const std::vector<BacktestSegment>& segments) {
    std::string out;
    for (const BacktestSegment& s : segments)
        out += fmt::format("{}:{}-{} ", model::to_string(s.state), (s.from_ms - START_MS) / 1'000,
                           (s.to_ms - START_MS) / 1'000);
    return out;
}

}  // namespace

TEST_CASE("the strip is the worst of all alarms") {
    Strip strip(0);
    strip.change(std::nullopt, AlarmState::ok, 10, "");
    strip.change(std::nullopt, AlarmState::alarm, 20, "a");
    strip.change(AlarmState::ok, AlarmState::undetermined, 30, "u");
    strip.change(AlarmState::alarm, AlarmState::ok, 40, "");
    strip.change(AlarmState::undetermined, AlarmState::ok, 50, "");
    const auto segments = strip.end(100);
    std::string text;
    for (const BacktestSegment& s : segments)
        text += fmt::format("{} {}-{} {};", model::to_string(s.state), s.from_ms, s.to_ms, s.reason);
    CHECK(text == "OK 0-20 ;ALARM 20-40 a;UNDETERMINED 40-50 u;OK 50-100 ;");
    Strip before(100);
    before.change(std::nullopt, AlarmState::alarm, 50, "a");
    before.change(AlarmState::alarm, AlarmState::ok, 120, "");
    CHECK(before.end(200).size() == 2);
    CHECK(Strip(5).end(9).size() == 1);
}

TEST_CASE("a PromQL definition is played over what is stored, with other thresholds, too") {
    World w;
    for (int64_t m = -10; m < 60; ++m) {
        w.add("a", m, m >= 20 && m < 30 ? 9 : 1);
        w.add("b", m, m >= 25 && m < 40 ? 6 : 1);
    }
    auto d = definition(catalog::AlarmLanguage::promql, "load > 5");
    const auto plain = w.run(d, 60, {8, 20});
    REQUIRE(plain.ok());
    CHECK(plain->complete);
    CHECK(plain->series == 2);
    CHECK(plain->alarms == 2);
    REQUIRE(plain->runs.size() == 3);
    CHECK(plain->runs[0].threshold == 5.0);
    CHECK(plain->runs[0].rings == 2);
    CHECK(plain->runs[0].times() == 1);
    CHECK(shown(plain->runs[0].segments) == "OK:0-1260 ALARM:1260-2460 OK:2460-3600 ");
    CHECK(plain->runs[0].segments[1].reason == "load is 9, > 5");
    CHECK(shown(plain->runs[1].segments) == "OK:0-1260 ALARM:1260-1860 OK:1860-3600 ");
    CHECK(plain->runs[1].total_ms() == 600'000);
    CHECK(plain->runs[2].times() == 0);
    d.for_ms = 5 * MINUTE;
    d.match_by = {"rack"};
    const auto grouped = w.run(d, 60);
    CHECK(grouped->alarms == 1);
    CHECK(shown(grouped->runs[0].segments) == "OK:0-1560 ALARM:1560-2460 OK:2460-3600 ");
}

TEST_CASE("an expression that stands as a whole has no threshold") {
    World w;
    for (int64_t m = 0; m < 30; ++m)
        w.add("a", m, m == 10 ? 9 : 1);
    const auto whole = w.run(definition(catalog::AlarmLanguage::promql, "load > 5 and load < 10"), 30);
    REQUIRE(whole.ok());
    CHECK(!whole->runs[0].threshold);
    CHECK(whole->runs[0].times() == 1);
    const auto refused = w.run(definition(catalog::AlarmLanguage::promql, "load > 5 and load < 10"), 30, {4});
    CHECK(!refused.ok());
    CHECK(!w.run(definition(catalog::AlarmLanguage::promql, "load >"), 30).ok());
}

TEST_CASE("what passes the budget ends the play early and says so") {
    World w;
    for (int64_t m = 0; m < 600; ++m)
        w.add("a", m, m % 2 == 0 ? 9 : 1);
    w.limits.samples_max = 100;
    for (const auto language : {catalog::AlarmLanguage::promql, catalog::AlarmLanguage::monasca}) {
        const auto out =
            w.run(definition(language, language == catalog::AlarmLanguage::promql ? "load > 5" : "max(load) > 5"), 600);
        REQUIRE(out.ok());
        CHECK(!out->complete);
        CHECK(!out->why.empty());
        CHECK(out->range.to_ms < START_MS + 600 * MINUTE);
        CHECK(out->runs.size() == 1);
    }
}

TEST_CASE("Monasca's language is played through its own engine") {
    World w;
    for (int64_t m = -5; m < 30; ++m) {
        w.add("a", m, m >= 10 && m < 15 ? 20 : 1);
        w.add("b", m, 1);
    }
    auto d = definition(catalog::AlarmLanguage::monasca, "max(load) > 14");
    d.match_by = {"hostname"};
    const auto out = w.run(d, 30, {50});
    REQUIRE(out.ok());
    CHECK(out->complete);
    CHECK(out->series == 2);
    CHECK(out->alarms == 2);
    REQUIRE(out->runs.size() == 2);
    CHECK(out->runs[0].threshold == 14.0);
    CHECK(out->runs[0].rings == 1);
    CHECK(out->runs[1].rings == 0);
    // at once with the first sample; OK when the first slot without is closed, 30 s after its end
    const BacktestSegment* ringing = nullptr;
    for (const BacktestSegment& s : out->runs[0].segments)
        if (s.state == AlarmState::alarm) ringing = &s;
    REQUIRE(ringing);
    CHECK(std::abs(ringing->from_ms - (START_MS + 10 * MINUTE + 5'000)) <= 1'000);
    CHECK(std::abs(ringing->to_ms - (START_MS + 16 * MINUTE + 30'000)) <= 2'000);
    CHECK(ringing->reason.find("Thresholds were exceeded") == 0);
    CHECK(!w.run(definition(catalog::AlarmLanguage::monasca, "max(load) > 1 and min(load) < 0"), 30, {4}).ok());
}

}  // namespace belfry::alarm
