// The worked examples of Monasca's semantics: when an alarm changes, second by second, with a delay of 30 s.
#include "engine_driver.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

using Dims = std::map<std::string, std::string>;

struct Sample {
    int64_t at_s;
    double value;
    std::string metric = "M";
    Dims dims = {};
    std::optional<int64_t> time_s = {};
};
struct Expected {
    model::Dimensions labels;
    std::string states;
};
struct Vector {
    std::string id;
    std::string expression;
    std::vector<Sample> samples;
    std::vector<Expected> alarms;
    std::vector<std::string> reasons = {};  // checked when there are some
    std::vector<std::string> match_by = {};
};

const std::string EXCEEDED = "Thresholds were exceeded for the sub-alarms: ";
const std::string KEPT = "The alarm threshold(s) have not been exceeded for the sub-alarms: ";
const std::string NO_DATA = "No data was present for the sub-alarms: ";

const std::vector<Vector> VECTORS = {
    {"last-flip",
     "last(M) > 14",
     {{2, 1}, {6, 20}, {10, 3}},
     {{{}, "U O@2 A@6 O@10"}},
     {KEPT + "last(M) > 14.0 with the values: [1.0]", EXCEEDED + "last(M) > 14.0 with the values: [20.0]",
      KEPT + "last(M) > 14.0 with the values: [3.0]"}},
    {"last-deterministic",
     "last(M,deterministic) > 14",
     {{2, 1}, {6, 20}, {10, 3}},
     {{{}, "O A@6 O@10"}},
     {EXCEEDED + "last(M, deterministic) > 14.0 with the values: [20.0]",
      KEPT + "last(M, deterministic) > 14.0 with the values: [3.0]"}},
    {"last-older-ignored", "last(M) > 14", {{2, 20}, {5, 1, "M", {}, -100}}, {{{}, "U A@2"}}},
    {"last-ignores-period",
     "last(M, 120) > 5 times 3",
     {{2, 9}},
     {{{}, "U A@2"}},
     {EXCEEDED + "last(M, 120) > 5.0 times 3 with the values: [9.0]"}},
    {"gte-boundary", "last(M) >= 10", {{2, 10}}, {{{}, "U A@2"}}},
    {"gt-boundary", "last(M) > 10", {{2, 10}}, {{{}, "U O@2"}}},
    {"lte-negative",
     "last(M) lte -5",
     {{2, -5}, {6, -4.9}},
     {{{}, "U A@2 O@6"}},
     {EXCEEDED + "last(M) <= -5.0 with the values: [-5.0]", KEPT + "last(M) <= -5.0 with the values: [-4.9]"}},
    {"lt-words-upper", "LAST(M) LT 0.5", {{2, 0.25}, {6, 0.5}}, {{{}, "U A@2 O@6"}}},
    {"max-immediate",
     "max(M) > 14",
     {{2, 1}, {6, 20}},
     {{{}, "U A@6"}},
     {EXCEEDED + "max(M) > 14.0 with the values: [20.0]"}},
    {"count-immediate",
     "count(M) > 2",
     {{2, 0}, {4, 0}, {6, 0}},
     {{{}, "U A@6"}},
     {EXCEEDED + "count(M) > 2.0 with the values: [3.0]"}},
    {"min-immediate", "min(M) < 5", {{2, 9}, {5, 4}}, {{{}, "U A@5"}}},
    {"bare-gt-is-max", "M > 14", {{2, 20}}, {{{}, "U A@2"}}, {EXCEEDED + "max(M) > 14.0 with the values: [20.0]"}},
    {"bare-lt-is-min", "M < 5", {{2, 4}}, {{{}, "U A@2"}}, {EXCEEDED + "min(M) < 5.0 with the values: [4.0]"}},
    {"max-lt-immediate-ok", "max(M) < 10", {{2, 20}}, {{{}, "U O@2"}}},
    {"min-gt-immediate-ok", "min(M) > 10", {{2, 5}}, {{{}, "U O@2"}}},
    {"count-lt-immediate-ok",
     "count(M) < 2",
     {{2, 1}, {4, 1}},
     {{{}, "U O@4"}},
     {KEPT + "count(M) < 2.0 with the values: [2.0]"}},
    {"match-by-host",
     "last(M) > 10",
     {{2, 20, "M", {{"hostname", "h1"}}}, {3, 1, "M", {{"hostname", "h2"}}}},
     {{{{"hostname", "h1"}}, "U A@2"}, {{{"hostname", "h2"}}, "U O@3"}},
     {},
     {"hostname"}},
    {"match-by-two-keys",
     "last(M) > 90",
     {{2, 95, "M", {{"device", "sda"}, {"hostname", "h1"}}},
      {3, 10, "M", {{"device", "sdb"}, {"hostname", "h1"}}},
      {4, 10, "M", {{"device", "sda"}, {"hostname", "h2"}}},
      {5, 99, "M", {{"device", "sdb"}, {"hostname", "h2"}}}},
     {{{{"device", "sda"}, {"hostname", "h1"}}, "U A@2"},
      {{{"device", "sdb"}, {"hostname", "h1"}}, "U O@3"},
      {{{"device", "sda"}, {"hostname", "h2"}}, "U O@4"},
      {{{"device", "sdb"}, {"hostname", "h2"}}, "U A@5"}},
     {},
     {"hostname", "device"}},
    {"match-by-one-of-two-dims",
     "max(M) > 90",
     {{2, 95, "M", {{"device", "sda"}, {"hostname", "h1"}}},
      {3, 10, "M", {{"device", "sdb"}, {"hostname", "h1"}}},
      {4, 91, "M", {{"device", "sda"}, {"hostname", "h2"}}}},
     {{{{"hostname", "h1"}}, "U A@2"}, {{{"hostname", "h2"}}, "U A@4"}},
     {},
     {"hostname"}},
    {"no-match-by-one-alarm",
     "max(M) > 10",
     {{2, 1, "M", {{"h", "h1"}}}, {4, 20, "M", {{"h", "h2"}}}},
     {{{}, "U A@4"}}},
    {"dimension-filter",
     "last(M{service=web}) > 1",
     {{2, 9, "M", {{"service", "db"}}}, {4, 9, "M", {{"service", "web"}, {"zone", "z1"}}}},
     {{{}, "U A@4"}},
     {EXCEEDED + "last(M{service=web}) > 1.0 with the values: [9.0]"}},
    {"and-waits-for-both-metrics",
     "last(A) > 1 and last(B) > 1",
     {{2, 2, "A"}, {8, 2, "B"}},
     {{{}, "U A@8"}},
     {EXCEEDED + "last(A) > 1.0 with the values: [2.0], last(B) > 1.0 with the values: [2.0]"}},
    {"or-last",
     "last(A) > 1 or last(B) > 1",
     {{2, 0, "A"}, {3, 0, "B"}, {7, 2, "A"}, {10, 0, "A"}},
     {{{}, "U O@3 A@7 O@10"}}},
    {"and-binds-tighter",
     "last(A) > 0 or last(B) > 0 and last(C) > 0",
     {{2, 1, "A"}, {3, 0, "B"}, {4, 0, "C"}},
     {{{}, "U A@4"}},
     {EXCEEDED + "last(A) > 0.0 with the values: [1.0]"}},
    {"parentheses",
     "(last(A) > 0 or last(B) > 0) and last(C) > 0",
     {{2, 1, "A"}, {3, 0, "B"}, {4, 0, "C"}},
     {{{}, "U O@4"}}},
    {"symbol-operators",
     "last(A) > 0 && last(B) > 0 || last(C) > 0",
     {{2, 0, "A"}, {3, 1, "B"}, {4, 1, "C"}},
     {{{}, "U A@4"}}},
    {"same-metric-twice",
     "last(M) > 10 or last(M) < -10",
     {{2, 0}, {5, 11}, {8, 0}, {11, -11}},
     {{{}, "U O@2 A@5 O@8 A@11"}}},
    {"match-by-joins-subexpressions",
     "last(A) > 1 and last(B) > 1",
     {{2, 2, "A", {{"hostname", "h1"}}}, {4, 2, "B", {{"hostname", "h2"}}}, {7, 2, "B", {{"hostname", "h1"}}}},
     {{{{"hostname", "h1"}}, "U A@7"}, {{{"hostname", "h2"}}, ""}},
     {},
     {"hostname"}},
    {"unicode", "last(温度M{城市=東京}) > 30", {{2, 31, "温度M", {{"城市", "東京"}}}}, {{{}, "U A@2"}}},
    {"name-is-case-sensitive", "last(MX) > 1", {{2, 5, "Mx"}, {5, 5, "MX"}}, {{{}, "U A@5"}}},
    {"dimension-value-with-space",
     "last(M{path=/a b/c:d}) > 1",
     {{2, 5, "M", {{"path", "/a b/c:d"}}}},
     {{{}, "U A@2"}}},
    {"count-deterministic-immediate", "count(M,deterministic) > 1", {{2, 0}, {5, 0}}, {{{}, "O A@5"}}},
    {"avg-alarm-then-ok",
     "avg(M) > 10",
     {{2, 5}, {20, 25}, {62, 1}},
     {{{}, "U A@91 O@151"}},
     {EXCEEDED + "avg(M) > 10.0 with the values: [15.0]", KEPT + "avg(M) > 10.0 with the values: [1.0]"}},
    {"sum-may-fall-again", "sum(M) > 10", {{2, 6}, {20, 6}, {40, -5}}, {{{}, "U O@91"}}},
    {"avg-may-fall-again", "avg(M) > 10", {{2, 30}, {20, 0}, {40, 0}}, {{{}, "U O@91"}}},
    {"max-ok-at-close", "max(M) > 14", {{2, 1}}, {{{}, "U O@91"}}},
    {"max-alarm-then-ok", "max(M) > 14", {{2, 20}, {62, 1}}, {{{}, "U A@2 O@151"}}},
    {"count-lt-alarm-at-close", "count(M) < 2", {{2, 1}}, {{{}, "U A@91"}}},
    {"min-ok-at-close", "min(M) < 5", {{2, 9}}, {{{}, "U O@91"}}},
    {"avg-times-2",
     "avg(M) > 10 times 2",
     {{2, 20}, {62, 20}, {122, 1}},
     {{{}, "U A@151 O@211"}},
     {EXCEEDED + "avg(M) > 10.0 times 2 with the values: [20.0, 20.0]",
      KEPT + "avg(M) > 10.0 times 2 with the values: [20.0, 1.0]"}},
    {"avg-times-2-interrupted",
     "avg(M) > 10 times 2",
     {{2, 20}, {62, 5}, {122, 20}, {182, 20}},
     {{{}, "U O@151 A@271"}}},
    {"max-times-3-immediate", "max(M) > 10 times 3", {{2, 20}, {62, 20}, {122, 20}}, {{{}, "U A@122"}}},
    {"times-gap-keeps-state", "max(M) > 10 times 2", {{2, 20}, {122, 20}}, {{{}, "U"}}},
    {"goes-undetermined-from-ok",
     "max(M) > 14",
     {{2, 1}},
     {{{}, "U O@91 U@211"}},
     {KEPT + "max(M) > 14.0 with the values: [1.0]", NO_DATA + "max(M) > 14.0"}},
    {"goes-undetermined-from-alarm", "avg(M) > 10", {{2, 20}}, {{{}, "U A@91 U@211"}}},
    {"recovers-from-undetermined", "avg(M) > 10", {{2, 20}, {220, 20}}, {{{}, "U A@91 U@211 A@271"}}},
    {"single-gaps-keep-alarm", "avg(M) > 10", {{2, 20}, {122, 20}}, {{{}, "U A@91"}}},
    {"deterministic-no-data-is-ok", "avg(M,deterministic) > 10", {{2, 20}}, {{{}, "O A@91 O@151"}}},
    {"deterministic-count-returns", "count(M,deterministic) > 1", {{2, 1}, {4, 1}}, {{{}, "O A@4 O@151"}}},
    {"late-within-delay-counts", "avg(M) > 10", {{2, 5}, {75, 35, "M", {}, 50}}, {{{}, "U A@91"}}},
    {"too-late-is-dropped", "avg(M) > 10", {{2, 5}, {62, 5}, {122, 5}, {160, 500, "M", {}, 30}}, {{{}, "U O@91"}}},
    {"period-120",
     "avg(M, 120) > 10",
     {{2, 5}, {62, 25}},
     {{{}, "U A@151"}},
     {EXCEEDED + "avg(M, 120) > 10.0 with the values: [15.0]"}},
    {"sum-period-120-gte", "sum(M, 120) >= 30", {{2, 10}, {70, 10}, {110, 10}}, {{{}, "U A@151"}}},
    {"avg-across-hosts", "avg(M) > 10", {{2, 5, "M", {{"h", "h1"}}}, {4, 25, "M", {{"h", "h2"}}}}, {{{}, "U A@91"}}},
    {"and-of-windows",
     "avg(A) > 10 and max(B) > 10",
     {{2, 20, "A"}, {3, 5, "B"}},
     {{{}, "U O@91"}},
     {KEPT + "max(B) > 10.0 with the values: [5.0]"}},
    {"or-of-windows",
     "avg(A) > 10 or avg(B) > 10",
     {{2, 20, "A"}, {3, 5, "B"}},
     {{{}, "U A@91"}},
     {EXCEEDED + "avg(A) > 10.0 with the values: [20.0]"}},
    {"undetermined-dominates-or",
     "avg(A) > 10 or avg(B) > 10",
     {{2, 20, "A"}, {3, 5, "B"}, {62, 20, "A"}, {122, 20, "A"}, {182, 20, "A"}},
     {{{}, "U A@91 U@211"}},
     {EXCEEDED + "avg(A) > 10.0 with the values: [20.0]", NO_DATA + "avg(B) > 10.0"}},
    {"undecided-sub-holds-back-or", "last(A) > 1 or max(B) > 100", {{2, 5, "A"}, {3, 1, "B"}}, {{{}, "U A@91"}}},
    {"mixed-deterministic",
     "avg(A) > 10 or count(B,deterministic) > 0",
     {{2, 5, "A"}, {3, 1, "B"}, {62, 5, "A"}, {122, 5, "A"}},
     {{{}, "U A@91 O@151"}}},
    {"deterministic-waits-for-other",
     "count(A,deterministic) > 0 or avg(B,deterministic) > 10",
     {{2, 1, "A"}, {3, 5, "B"}, {62, 5, "B"}},
     {{{}, "O A@91 O@151"}}},
};

// A vector says what happens up to its last transition, and for those that say more than that: until when it holds.
int64_t end_of(const Vector& v) {
    int64_t end = 100;
    for (const Sample& s : v.samples)
        end = std::max(end, s.at_s + 1);
    for (const Expected& e : v.alarms)
        if (const size_t at = e.states.rfind('@'); at != std::string::npos)
            end = std::max(end, static_cast<int64_t>(std::stol(e.states.substr(at + 1))));
    return end;
}

bool ends_before_first_close(const Vector& v) {
    for (const Expected& e : v.alarms) {
        const size_t at = e.states.rfind('@');
        if (at == std::string::npos || std::stol(e.states.substr(at + 1)) >= 90) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("every worked example changes its alarms in the second in which Monasca does") {
    CHECK(VECTORS.size() == 60);
    for (const Vector& v : VECTORS) {
        CAPTURE(v.id);
        EngineDriver driver;
        driver.define(EngineDriver::definition(v.expression, v.match_by));
        for (const Sample& s : v.samples)
            driver.sample(s.at_s, s.metric, s.value, s.dims, s.time_s);
        driver.until(ends_before_first_close(v) ? v.samples.back().at_s + 40 : end_of(v));
        for (const Expected& e : v.alarms)
            CHECK(driver.states(e.labels) == e.states);
        size_t made = 0;
        for (const Expected& e : v.alarms)
            made += !e.states.empty();
        CHECK(driver.count(model::AlarmEvent::Kind::created) == made);
        if (!v.reasons.empty()) CHECK(driver.reasons() == v.reasons);
    }
}

TEST_CASE("actions that are disabled change nothing about the transitions, and the alarm says so") {
    EngineDriver driver;
    auto definition = EngineDriver::definition("last(M) > 14");
    definition.actions_enabled = false;
    driver.define(definition);
    driver.sample(2, "M", 20);
    CHECK(driver.states() == "U A@2");
    CHECK(!driver.seen.back().event.alarm.actions_enabled);
}

}  // namespace belfry::alarm
