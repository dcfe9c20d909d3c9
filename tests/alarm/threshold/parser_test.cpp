#include "alarm/threshold/parser.h"

#include "alarm/threshold/check.h"
#include "alarm/threshold/print.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

struct Accepted {
    std::string text;
    std::string shown;  // by `print`
};

const std::vector<Accepted> ACCEPTED = {
    {"max(cpu) > 5", "max(cpu) > 5"},
    {"MAX(cpu)>5", "max(cpu) > 5"},
    {"cpu > 5", "max(cpu) > 5"},
    {"cpu >= 5", "max(cpu) >= 5"},
    {"cpu < 5", "min(cpu) < 5"},
    {"cpu lte 5", "min(cpu) <= 5"},
    {"cpu gt1", "max(cpu) > 1"},
    {"cpu{} > 5", "max(cpu) > 5"},
    {"cpu{ } > 5", "max(cpu) > 5"},
    {"cpu > 5 times 3", "max(cpu) > 5 times 3"},
    {"cpu>5times3", "max(cpu) > 5 times 3"},
    {"max > 5", "max(max) > 5"},
    {"max(max) > 5", "max(max) > 5"},
    {"and > 1 and or > 1", "max(and) > 1 and max(or) > 1"},
    {"avg(cpu, 120) LTE -5.25 TIMES 2", "avg(cpu, 120) <= -5.25 times 2"},
    {"count(log.error{},deterministic) > 1", "count(log.error, deterministic) > 1"},
    {"count(deterministic,DETERMINISTIC,300)>=1", "count(deterministic, deterministic, 300) >= 1"},
    {"sum(m{b=2,a=1}) lt 0", "sum(m{a=1, b=2}) < 0"},
    {"last( m { path = /a b/c:d , x = y z  } ) > 1", "last(m{path=/a b/c:d, x=y z}) > 1"},
    {"last(m{a b=c}) > 1", "last(m{a b=c}) > 1"},
    {"a > 1 and b > 2 or c > 3", "max(a) > 1 and max(b) > 2 or max(c) > 3"},
    {"a > 1 AND (b > 2 Or c > 3)", "max(a) > 1 and (max(b) > 2 or max(c) > 3)"},
    {"a > 1 && b > 2 || c > 3", "max(a) > 1 and max(b) > 2 or max(c) > 3"},
    {"a>1and b<2or c>=3", "max(a) > 1 and min(b) < 2 or max(c) >= 3"},
    {"((a > 1))", "max(a) > 1"},
    {"(a > 1 or b > 1) and (c > 1 or d > 1)", "(max(a) > 1 or max(b) > 1) and (max(c) > 1 or max(d) > 1)"},
    {"last(温度{城市=東京}) > 30", "last(温度{城市=東京}) > 30"},
    {"ns:/;&|\\'.a-b_c > 0.50", "max(ns:/;&|\\'.a-b_c) > 0.5"},
    {"\tmax(\ncpu\r\n) > 5 ", "max(cpu) > 5"},
    {"m > 123456789.000000001", "max(m) > 123456789"},
    {"m > 0010", "max(m) > 10"},
    {std::string(255, 'n') + " > 1", "max(" + std::string(255, 'n') + ") > 1"},
};

struct Refused {
    std::string text;
    std::string message;
};

const std::vector<Refused> REFUSED = {
    {"", "at byte 0: a function or the name of a metric is missing at the end"},
    {"   ", "at byte 3: a function or the name of a metric is missing at the end"},
    {"cpu", "at byte 3: <, <=, >, >=, lt, lte, gt or gte is missing at the end"},
    {"cpu >", "at byte 5: a number is missing at the end"},
    {"> 5", "at byte 0: a function or the name of a metric should be here, not `> 5`"},
    {"cpu == 5", "at byte 4: <, <=, >, >=, lt, lte, gt or gte should be here, not `== 5`"},
    {"cpu = 5", "at byte 4: <, <=, >, >=, lt, lte, gt or gte should be here, not `= 5`"},
    {"cpu != 5", "at byte 4: <, <=, >, >=, lt, lte, gt or gte should be here, not `!= 5`"},
    {"cpu > mem", "at byte 6: a number should be here, not `mem`"},
    {"5 < 6 > 7", "at byte 6: `and`, `or` or the end should be here, not `> 7`"},
    {"not cpu > 5", "at byte 4: <, <=, >, >=, lt, lte, gt or gte should be here, not `cpu > 5`"},
    {"cpu > .5", "at byte 6: a number should be here, not `.5`"},
    {"cpu > 5.", "at byte 7: `and`, `or` or the end should be here, not `.`"},
    {"cpu > 1e5", "at byte 7: `and`, `or` or the end should be here, not `e5`"},
    {"cpu > +5", "at byte 6: a number should be here, not `+5`"},
    {"cpu > - 5", "at byte 6: a number should be here, not `- 5`"},
    {"cpu > " + std::string(400, '9'), "at byte 6: this number is too large"},
    {"median(cpu) > 5", "at byte 0: there is no function median, only max, min, avg, count, sum and last"},
    {"max() > 5", "at byte 4: the name of a metric should be here, not `) > 5`"},
    {"max(cpu > 5", "at byte 8: `,` or `)` should be here, not `> 5`"},
    {"max(cpu, 60 > 5", "at byte 12: `)` should be here, not `> 5`"},
    {"max(cpu, 60, deterministic) > 5", "at byte 11: `)` should be here, not `, deterministic) > 5`"},
    {"max(cpu, deterministic, deterministic) > 5",
     "at byte 24: a period in seconds should be here, not `deterministic) > 5`"},
    {"max(cpu, 0) > 5", "at byte 9: a period is a multiple of 60 seconds and not 0"},
    {"max(cpu, 90) > 5", "at byte 9: a period is a multiple of 60 seconds and not 0"},
    {"max(cpu, -60) > 5", "at byte 9: `deterministic` or a period in seconds should be here, not `-60) > 5`"},
    {"max(cpu, 1m) > 5", "at byte 9: a period is a multiple of 60 seconds and not 0"},
    {"max(cpu, 99999999999999999960) > 5", "at byte 9: a period can be 2678400 s (alarms.expression_period_max)"},
    {"cpu > 5 times 0", "at byte 14: `times` is at least 1"},
    {"cpu > 5 times", "at byte 13: how many times is missing at the end"},
    {"cpu > 5 times -1", "at byte 14: how many times should be here, not `-1`"},
    {"cpu > 5 times 1001", "at byte 14: `times` can be 1000 (alarms.expression_times_max)"},
    {"cpu{a} > 5", "at byte 5: `=` should be here, not `} > 5`"},
    {"cpu{a=} > 5", "at byte 6: the value of a dimension should be here, not `} > 5`"},
    {"cpu{=b} > 5", "at byte 4: the name of a dimension should be here, not `=b} > 5`"},
    {"cpu{a=b,} > 5", "at byte 8: the name of a dimension should be here, not `} > 5`"},
    {"cpu{a=b c=d} > 5", "at byte 9: `,` or `}` should be here, not `=d} > 5`"},
    {"cpu{a=b,a=c} > 5", "at byte 8: dimension a stands here twice"},
    {"cpu{a=b > 5", "at byte 8: `,` or `}` should be here, not `> 5`"},
    {"cpu{a=\"b\"} > 5", "at byte 6: the value of a dimension should be here, not `\"b\"} > 5`"},
    {"\"cpu\" > 5", "at byte 0: a function or the name of a metric should be here, not `\"cpu\" > 5`"},
    {"cpu user > 5", "at byte 4: <, <=, >, >=, lt, lte, gt or gte should be here, not `user > 5`"},
    {"(cpu > 5", "at byte 8: `and`, `or` or `)` is missing at the end"},
    {"cpu > 5)", "at byte 7: `and`, `or` or the end should be here, not `)`"},
    {"cpu > 5 and", "at byte 11: a function or the name of a metric is missing at the end"},
    {"and cpu > 5", "at byte 4: <, <=, >, >=, lt, lte, gt or gte should be here, not `cpu > 5`"},
    {"cpu > 5 cpu > 6", "at byte 8: `and`, `or` or the end should be here, not `cpu > 6`"},
    {"cpu > 5 & cpu > 6", "at byte 8: `and`, `or` or the end should be here, not `& cpu > 6`"},
    {"()", "at byte 1: a function or the name of a metric should be here, not `)`"},
    {std::string(256, 'n') + " > 1", "at byte 0: the name of a metric is longer than 255 characters"},
    {"c\xFFpu > 5", "at byte 1: this is not UTF-8"},
    {"a😀 > 5", "at byte 1: characters past U+FFFF cannot be in a name"},
    {"a\u00A0> 5", "at byte 1: only blanks, tabs and line ends can separate words"},
    {std::string(65, '(') + "a>1" + std::string(65, ')'), "at byte 64: more than 64 parentheses are open"},
};

AlarmExpression parse(std::string_view text) {
    auto parsed = parse_alarm_expression(text);
    INFO(std::string(text));
    if (!parsed.ok()) FAIL(parsed.error().message);
    return std::move(parsed).value();
}

}  // namespace

TEST_CASE("texts of the language mean what Monasca means by them") {
    for (const Accepted& one : ACCEPTED) {
        CAPTURE(one.text);
        const AlarmExpression parsed = parse(one.text);
        CHECK(print(parsed) == one.shown);
        CHECK(print(parse(print(parsed))) == one.shown);
    }
}

TEST_CASE("other texts are refused with what is wrong and where") {
    for (const Refused& one : REFUSED) {
        CAPTURE(one.text);
        const auto parsed = parse_alarm_expression(one.text);
        REQUIRE(!parsed.ok());
        CHECK(parsed.error().message == one.message);
        CHECK(one.message.starts_with(fmt::format("at byte {}: ", error_at(parsed.error()))));
    }
}

TEST_CASE("limits of an expression name their keys") {
    const ExpressionLimits limits{.bytes_max = 20, .subs_max = 2, .times_max = 3, .period_ms_max = 120'000};
    const auto error = [&](std::string_view text) {
        const auto parsed = parse_alarm_expression(text, limits);
        REQUIRE(!parsed.ok());
        CHECK(parsed.error().code == Code::exhausted);
        return parsed.error().message;
    };
    CHECK(error("a > 1 and b > 1 and c > 1") ==
          "at byte 20: an expression can have 20 bytes (alarms.expression_bytes_max)");
    CHECK(error("a>1or b>1or c>1") == "at byte 12: an expression can have 2 comparisons (alarms.expression_subs_max)");
    CHECK(error("a > 1 times 4") == "at byte 12: `times` can be 3 (alarms.expression_times_max)");
    CHECK(error("max(a,180) > 1") == "at byte 6: a period can be 120 s (alarms.expression_period_max)");
    CHECK(parse_alarm_expression("max(a,120)>1times3", limits).ok());
}

TEST_CASE("and binds tighter than or, parentheses bind tightest") {
    const auto holds = [](std::string_view text, std::vector<bool> values) {
        return parse(text).evaluate([&](uint32_t sub) { return values[sub]; });
    };
    for (int i = 0; i < 8; ++i) {
        const bool a = i & 1, b = i & 2, c = i & 4;
        CHECK(holds("a>1 or b>1 and c>1", {a, b, c}) == (a || (b && c)));
        CHECK(holds("a>1 and b>1 or c>1", {a, b, c}) == ((a && b) || c));
        CHECK(holds("(a>1 or b>1) and c>1", {a, b, c}) == ((a || b) && c));
    }
}

TEST_CASE("an expression is deterministic when all of its comparisons are") {
    CHECK(parse("count(a,deterministic)>1 or avg(b,deterministic)>1").deterministic());
    CHECK(!parse("count(a,deterministic)>1 or avg(b)>1").deterministic());
}

TEST_CASE("joins are flat as long as no parentheses are needed") {
    CHECK(parse("a>1").flat_joins() == std::vector<Join>{});
    CHECK(parse("a>1 and b>1 or c>1").flat_joins() == std::vector<Join>{Join::both, Join::either});
    CHECK(parse("a>1 or (b>1 and c>1)").flat_joins() == std::vector<Join>{Join::either, Join::both});
    CHECK(parse("(a>1 or b>1) and c>1").flat_joins() == std::nullopt);
}

TEST_CASE("a changed definition keeps its comparisons and their metrics") {
    const auto change = [](std::string_view before, std::string_view after) -> std::string {
        const auto matched = match_change(parse(before), parse(after));
        if (!matched.ok()) return matched.error().message;
        std::string out;
        for (const uint32_t place : *matched)
            out += fmt::format("{} ", place);
        return out;
    };
    CHECK(change("a > 1 and b > 1", "max(a) < 2 or avg(b, 120) > 3 times 2") == "0 1 ");
    CHECK(change("a > 1 and b > 1", "b > 1 and a > 1") == "1 0 ");
    CHECK(change("a > 1 and a < 0", "a < 0 and a > 2") == "1 0 ");
    CHECK(change("max(a) > 1 and avg(a) > 0", "avg(a) > 5 and max(a) > 2") == "1 0 ");
    CHECK(change("a > 1", "a > 1 and b > 1") == "number of subexpressions must not change");
    CHECK(change("a > 1", "b > 1") == "metrics in subexpression must not change");
    CHECK(change("a{x=y} > 1", "a > 1") == "metrics in subexpression must not change");
    CHECK(change("a > 1 and b > 1", "a > 1 and a > 1") == "metrics in subexpression must not change");
}

}  // namespace belfry::alarm
