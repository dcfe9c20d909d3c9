#include "model/labels.h"
#include "model/matcher.h"

#include <doctest/doctest.h>

using namespace belfry::model;

TEST_CASE("labels are canonical: sorted, unique, without empty values") {
    const Labels a{{"z", "1"}, {"__name__", "up"}, {"b", ""}, {"a", "x"}};
    const Labels b{{"a", "old"}, {"a", "x"}, {"__name__", "up"}, {"z", "1"}};
    CHECK(a == b);
    CHECK(a.to_string() == "up{a=\"x\",z=\"1\"}");
    CHECK(a.get("z") == "1");
    CHECK(a.get("missing").empty());
    CHECK(Labels::is_canonical(a.bytes()));
    CHECK_FALSE(Labels::is_canonical(a.bytes().substr(1)));
    CHECK_FALSE(Labels::is_canonical(a.bytes() + a.bytes()));
    LabelsBuilder builder(a);
    CHECK(builder.set("a", "").set("c", "3").build() == Labels{{"__name__", "up"}, {"c", "3"}, {"z", "1"}});
    CHECK(compare(Labels{{"a", "1"}}, Labels{{"a", "1"}, {"b", "1"}}) < 0);
    CHECK(compare(Labels{{"a", "2"}}, Labels{{"a", "1"}, {"b", "1"}}) > 0);
}

TEST_CASE("matchers know literals, prefixes and what an absent label means") {
    using Op = Matcher::Op;
    const auto make = [](Op op, const char* v) { return Matcher::make(op, "l", v).value(); };
    CHECK(make(Op::regex, "a|b\\.c|").literals() == std::vector<std::string>{"a", "b.c", ""});
    CHECK(make(Op::regex, "a|b").matches("b"));
    CHECK_FALSE(make(Op::regex, "a|b").matches("ab"));
    CHECK(make(Op::regex, "host_1.*").prefix() == "host_1");
    CHECK(make(Op::regex, "host_1*").prefix() == "host_");
    CHECK(make(Op::regex, "a.*|b").prefix().empty());
    CHECK(make(Op::regex, ".*").matches_empty());
    CHECK(make(Op::regex, "a.c").matches("a\nc"));
    CHECK_FALSE(make(Op::regex, ".+").matches_empty());
    CHECK(make(Op::not_equal, "x").matches_empty());
    CHECK(make(Op::not_regex, "x|y").matches("z"));
    CHECK_FALSE(make(Op::not_regex, "x|y").matches("y"));
    CHECK_FALSE(Matcher::make(Op::regex, "l", "a(").ok());
    CHECK(make(Op::regex, "x\"y").to_string() == "l=~\"x\\\"y\"");
}
