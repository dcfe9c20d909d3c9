#include "alarm/threshold/print.h"

#include "alarm/threshold/parser.h"
#include "base/json.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

using model::AlarmState;

AlarmExpression parse(std::string_view text) {
    return parse_alarm_expression(text).value();
}

}  // namespace

TEST_CASE("a comparison is shown in Monasca's form") {
    const auto shown = [](std::string_view text) { return to_string(parse(text).subs[0]); };
    CHECK(shown("MAX(m{c=d,a=b},deterministic,120) gt 5 times 3") ==
          "max(m{a=b, c=d}, deterministic, 120) > 5.0 times 3");
    CHECK(shown("m lte -0.125") == "min(m) <= -0.125");
    CHECK(shown("last(m,60) > 1234567.89 times 1") == "last(m) > 1234567.89");
    CHECK(shown("m > 100000000000000000000") == "max(m) > 100000000000000000000.0");
    CHECK(shown("m > 0.00000000000000001") == "max(m) > 0.0");
    CHECK(shown("m > 0.3333333333333333333") == "max(m) > 0.333333333333333");
}

TEST_CASE("values have at least one decimal, and an exponent when they are large or small") {
    CHECK(value_text(20) == "20.0");
    CHECK(value_text(31.5) == "31.5");
    CHECK(value_text(0) == "0.0");
    CHECK(value_text(-0.001) == "-0.001");
    CHECK(value_text(0.00015) == "1.5E-4");
    CHECK(value_text(9999999) == "9999999.0");
    CHECK(value_text(1e7) == "1.0E7");
    CHECK(value_text(-1.25e300) == "-1.25E300");
    CHECK(value_text(std::numeric_limits<double>::quiet_NaN()) == "NaN");
    CHECK(value_text(-std::numeric_limits<double>::infinity()) == "-Infinity");
}

TEST_CASE("a reason names the comparisons that are in the new state") {
    const AlarmExpression e = parse("max(m{a=b}) > 10 times 2 or avg(n, 120) < 5");
    const std::vector<SubState> subs = {{&e.subs[0], AlarmState::alarm, {20, 31.5}}, {&e.subs[1], AlarmState::ok, {7}}};
    CHECK(reason(AlarmState::alarm, subs) ==
          "Thresholds were exceeded for the sub-alarms: max(m{a=b}) > 10.0 times 2 with the values: [20.0, 31.5]");
    CHECK(reason(AlarmState::ok, subs) ==
          "The alarm threshold(s) have not been exceeded for the sub-alarms: avg(n, 120) < 5.0 with the values: [7.0]");
    const std::vector<SubState> none = {{&e.subs[0], AlarmState::undetermined, {}},
                                        {&e.subs[1], AlarmState::undetermined, {}}};
    CHECK(reason(AlarmState::undetermined, none) ==
          "No data was present for the sub-alarms: max(m{a=b}) > 10.0 times 2, avg(n, 120) < 5.0");
}

TEST_CASE("sub-alarms are written as Monasca's") {
    const AlarmExpression e = parse("count(m{a=b},deterministic,120) >= 10 times 2");
    JsonWriter json;
    const std::vector<SubState> subs = {{&e.subs[0], AlarmState::alarm, {20, 31.5}}};
    write_sub_alarms(json, subs);
    CHECK(
        json.text() ==
        R"([{"sub_alarm_expression":{"function":"COUNT","metric_name":"m","dimensions":{"a":"b"},"operator":"GTE",)"
        R"("threshold":10,"period":120,"periods":2,"deterministic":true},"sub_alarm_state":"ALARM","current_values":[20,31.5]}])");
}

}  // namespace belfry::alarm
