#include "model/relabel.h"
#include "model/md5.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::model;
using Action = RelabelRule::Action;

namespace {

std::string hex(std::string_view text) {
    std::string out;
    for (const uint8_t byte : md5(text))
        out += fmt::format("{:02x}", byte);
    return out;
}

/// The labels after the steps as text, or "dropped".
std::string after(const Labels& labels, const std::vector<RelabelRule>& rules) {
    RelabelSteps steps;
    for (const RelabelRule& rule : rules) {
        Result<Relabel> step = Relabel::make(rule);
        REQUIRE_MESSAGE(step.ok(), (step.ok() ? "" : step.error().message));
        steps.push_back(std::move(step).value());
    }
    LabelsBuilder builder(labels);
    return relabel(steps, builder) ? builder.build().to_string() : "dropped";
}

const Labels ABC{{"a", "foo"}, {"b", "bar"}, {"c", "baz"}};

struct Case {
    const char* what;
    Labels labels;
    std::vector<RelabelRule> rules;
    std::string expected;
};

const Case CASES[] = {
    {"a group is put into another label",
     ABC,
     {{.source_labels = {"a"}, .regex = "f(.*)", .target_label = "d", .replacement = "ch${1}-ch${1}"}},
     R"({a="foo",b="bar",c="baz",d="choo-choo"})"},
    {"values are joined",
     ABC,
     {{.source_labels = {"a", "b"}, .regex = "f(.*);(.*)r", .target_label = "a", .replacement = "b${1}${2}m"}},
     R"({a="boobam",b="bar",c="baz"})"},
    {"another separator",
     ABC,
     {{.source_labels = {"a", "b"}, .separator = "::", .regex = "foo::bar", .target_label = "x", .replacement = "y"}},
     R"({a="foo",b="bar",c="baz",x="y"})"},
    {"no match, no change",
     ABC,
     {{.source_labels = {"a"}, .regex = "fo", .target_label = "a", .replacement = "x"}},
     R"({a="foo",b="bar",c="baz"})"},
    {"an empty replacement removes",
     ABC,
     {{.source_labels = {"a"}, .target_label = "b", .replacement = ""}},
     R"({a="foo",c="baz"})"},
    {"a missing source is empty and matches the default",
     ABC,
     {{.source_labels = {"zz"}, .target_label = "b"}},
     R"({a="foo",c="baz"})"},
    {"the target may be made of groups",
     ABC,
     {{.source_labels = {"a"}, .regex = "(.)(.*)", .target_label = "x_${1}", .replacement = "$2"}},
     R"({a="foo",b="bar",c="baz",x_f="oo"})"},
    {"named groups and a dollar",
     ABC,
     {{.source_labels = {"a"}, .regex = "(?P<first>.).*", .target_label = "x", .replacement = "$$${first}"}},
     R"({a="foo",b="bar",c="baz",x="$f"})"},
    {"$1x is a name, not group one",
     ABC,
     {{.source_labels = {"a"}, .target_label = "x", .replacement = "$1x!"}},
     R"({a="foo",b="bar",c="baz",x="!"})"},
    {"a point matches a line end",
     Labels{{"a", "x\ny"}},
     {{.source_labels = {"a"}, .regex = "x.y", .target_label = "a", .replacement = "z"}},
     R"({a="z"})"},
    {"keep", ABC, {{.action = Action::keep, .source_labels = {"a"}, .regex = "foo|x"}}, R"({a="foo",b="bar",c="baz"})"},
    {"keep is anchored", ABC, {{.action = Action::keep, .source_labels = {"a"}, .regex = "o"}}, "dropped"},
    {"drop", ABC, {{.action = Action::drop, .source_labels = {"a"}, .regex = ".*o"}}, "dropped"},
    {"drop of another",
     ABC,
     {{.action = Action::drop, .source_labels = {"a"}, .regex = "f"}},
     R"({a="foo",b="bar",c="baz"})"},
    {"what comes behind a drop does not run",
     ABC,
     {{.action = Action::drop, .source_labels = {"a"}, .regex = "foo"}, {.target_label = "x", .replacement = "y"}},
     "dropped"},
    {"keepequal",
     Labels{{"p", "80"}, {"q", "80"}},
     {{.action = Action::keep_equal, .source_labels = {"p"}, .target_label = "q"}},
     R"({p="80",q="80"})"},
    {"keepequal drops",
     Labels{{"p", "80"}, {"q", "81"}},
     {{.action = Action::keep_equal, .source_labels = {"p"}, .target_label = "q"}},
     "dropped"},
    {"dropequal",
     Labels{{"p", "80"}, {"q", "80"}},
     {{.action = Action::drop_equal, .source_labels = {"p"}, .target_label = "q"}},
     "dropped"},
    {"dropequal keeps",
     Labels{{"p", "80"}, {"q", "81"}},
     {{.action = Action::drop_equal, .source_labels = {"p"}, .target_label = "q"}},
     R"({p="80",q="81"})"},
    {"hashmod",
     ABC,
     {{.action = Action::hash_mod, .source_labels = {"c"}, .target_label = "d", .modulus = 1000}},
     R"({a="foo",b="bar",c="baz",d="976"})"},
    {"hashmod of a longer text",
     Labels{{"a", "foo\nbar"}},
     {{.action = Action::hash_mod, .source_labels = {"a"}, .target_label = "b", .modulus = 1000}},
     R"({a="foo\nbar",b="734"})"},
    {"labelmap",
     Labels{{"__meta_x", "1"}, {"__meta_y", "2"}, {"z", "3"}},
     {{.action = Action::label_map, .regex = "__meta_(.+)"}},
     R"({__meta_x="1",__meta_y="2",x="1",y="2",z="3"})"},
    {"labelmap with a replacement",
     Labels{{"my_bar", "aaa"}},
     {{.action = Action::label_map, .regex = "my_(.*)", .replacement = "their_$1"}},
     R"({my_bar="aaa",their_bar="aaa"})"},
    {"labeldrop", ABC, {{.action = Action::label_drop, .regex = "a|b"}}, R"({c="baz"})"},
    {"labelkeep", ABC, {{.action = Action::label_keep, .regex = "a|b"}}, R"({a="foo",b="bar"})"},
    {"lowercase and uppercase",
     Labels{{"a", "Foo"}},
     {{.action = Action::lowercase, .source_labels = {"a"}, .target_label = "l"},
      {.action = Action::uppercase, .source_labels = {"a"}, .target_label = "u"}},
     R"({a="Foo",l="foo",u="FOO"})"},
};

}  // namespace

TEST_CASE("relabelling does what the table says") {
    for (const Case& c : CASES) {
        INFO(c.what);
        CHECK(after(c.labels, c.rules) == c.expected);
    }
}

TEST_CASE("md5 gives the digests of RFC 1321") {
    CHECK(hex("") == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(hex("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
    CHECK(hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890") ==
          "57edf4a22be3c955ac49da2e2107b67a");
    CHECK(hex(std::string(56, 'a')) == "3b0c8ac703f828b04c6c197006d17218");
}

TEST_CASE("a step that cannot work says what it needs") {
    const auto message = [](RelabelRule rule) {
        const Result<Relabel> step = Relabel::make(std::move(rule));
        REQUIRE_FALSE(step.ok());
        return step.error().message;
    };
    CHECK(message({}) == "action replace needs target_label");
    CHECK(message({.action = Action::hash_mod, .target_label = "x"}) == "action hashmod needs a modulus above zero");
    CHECK(message({.action = Action::label_drop, .target_label = "x"}) ==
          "action labeldrop takes regex and nothing else");
    CHECK(message({.action = Action::keep_equal, .regex = "x", .target_label = "x"}) ==
          "action keepequal takes source_labels and target_label and nothing else");
    CHECK(message({.action = Action::keep, .regex = "(("}).starts_with("regex \"((\": "));
    CHECK(relabel_action("KEEP").value() == Action::keep);
    CHECK(relabel_action("burn").error().message == "unknown relabel action \"burn\"");
}
