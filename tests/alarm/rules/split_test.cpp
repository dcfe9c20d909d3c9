#include "alarm/rules/split.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

std::string split(std::string_view text) {
    const Result<Condition> c = read_condition(text);
    if (!c.ok()) return c.error().message;
    if (!c->split) return "whole";
    return fmt::format("{} | {} | {}", c->value_text, promql::to_string(c->op), c->threshold);
}

}  // namespace

TEST_CASE("a comparison with a number is taken apart") {
    CHECK(split("node_load1 > 4") == "node_load1 | > | 4");
    CHECK(split("(rate(x[5m]) >= -1.5)") == "rate(x[5m]) | >= | -1.5");
    CHECK(split("20 * 1024 ^ 2 > sum by (a) (b)") == "sum by (a) (b) | < | 20971520");
    CHECK(split("up == 0") == "up | == | 0");
    CHECK(split("1 - x != (2)") == "1 - x | != | 2");
}

TEST_CASE("everything else stands as a whole") {
    for (const std::string_view text :
         {"up", "a > b", "a > bool 1", "a > 1 and b > 2", "absent(up)", "a > scalar(b)", "1"})
        CHECK(split(text) == "whole");
    CHECK(split("up[5m]") == "the expression gives neither a vector nor a number");
    CHECK(split("up >").find("parse error") != std::string::npos);
}

TEST_CASE("the worse of two values is on the bad side") {
    CHECK(read_condition("x > 1")->worse(1, 2) == 2);
    CHECK(read_condition("x <= 1")->worse(1, 2) == 1);
    CHECK(read_condition("x == 0")->worse(1, 0) == 0);
    CHECK(read_condition("x == 0")->worse(0, 1) == 0);
}

}  // namespace belfry::alarm
