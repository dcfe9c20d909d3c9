#include "alarm/rules/rule_file.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

constexpr std::string_view GOOD = R"(groups:
- name: node
  interval: 15s
  limit: 10
  query_offset: 30s
  labels: {team: infra, severity: none}
  rules:
  - record: instance:load:avg
    expr: avg by (instance) (node_load1)
    labels: {kind: avg}
  - alert: HighLoad
    expr: |
      instance:load:avg > 5
    for: 5m
    keep_firing_for: 1h30m
    labels:
      severity: page
    annotations:
      summary: "{{ $labels.instance }} has {{ $value | humanize }}"
- name: empty
)";

}  // namespace

TEST_CASE("a rule file is read with everything it may hold") {
    const RuleFile file = parse_rule_file(GOOD, "r.yml");
    CHECK(file.errors.empty());
    REQUIRE(file.groups.size() == 2);
    CHECK(file.rule_count() == 2);
    const RuleGroup& group = file.groups[0];
    CHECK(group.key() == "r.yml;node");
    CHECK(group.interval_ms == 15'000);
    CHECK(group.limit == 10);
    CHECK(group.query_offset_ms == 30'000);
    const Rule& record = *group.rules[0];
    CHECK(!record.alerting);
    CHECK(record.name == "instance:load:avg");
    CHECK(record.labels == Pairs{{"kind", "avg"}, {"severity", "none"}, {"team", "infra"}});
    const Rule& alert = *group.rules[1];
    CHECK(alert.alerting);
    CHECK(alert.for_ms == 300'000);
    CHECK(alert.keep_firing_for_ms == 5'400'000);
    CHECK(alert.labels == Pairs{{"severity", "page"}, {"team", "infra"}});
    CHECK(alert.annotation_templates.size() == 1);
    CHECK(parse_rule_file("", "r").errors.empty());
    CHECK(parse_rule_file("groups:", "r").errors.empty());
}

TEST_CASE("the content of a group changes with whatever matters") {
    const std::string before = parse_rule_file(GOOD, "r.yml").groups[0].content;
    CHECK(parse_rule_file(GOOD, "r.yml").groups[0].content == before);
    for (const std::string_view part : {"15s", "10\n", "5m", "page", "has", "> 5", "instance:load:avg\n"}) {
        CAPTURE(part);
        std::string text(GOOD);
        text.insert(text.find(part), part == "has"    ? "really "
                                     : part == "page" ? "x"
                                     : part == "> 5"  ? "+ 0 "
                                     : part[0] == 'i' ? "x:"
                                                      : "1");
        const RuleFile file = parse_rule_file(text, "r.yml");
        REQUIRE(file.errors.empty());
        CHECK(file.groups[0].content != before);
    }
}

TEST_CASE("everything wrong in a file is told, with its line") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"groups: 5", "r: line 1: groups is a list"},
        {"rules: []", "r: line 1: unknown key rules in a rule file"},
        {"groups:\n- name: a\n  intervall: 1s", "r: line 3: unknown key intervall in a group"},
        {"groups:\n- rules: []", "r: line 2: a group needs a name"},
        {"groups:\n- name: a\n- name: a", "r: line 3: group \"a\": a second group of this name in the file"},
        {"groups:\n- name: a\n  interval: soon", "r: line 3: group \"a\": interval is a duration like 5m, not soon"},
        {"groups:\n- name: a\n  limit: -1", "r: line 3: group \"a\": limit is a whole number"},
        {"groups:\n- name: a\n  rules:\n  - record: x\n    expr: 1\n    fro: 1m",
         "r: line 6: group \"a\", rule 1, \"x\": unknown key fro in a rule"},
        {"groups:\n- name: a\n  rules:\n  - expr: 1",
         "r: line 4: group \"a\", rule 1, \"\": one of record and alert must be set"},
        {"groups:\n- name: a\n  rules:\n  - {record: x, alert: y, expr: 1}",
         "r: line 4: group \"a\", rule 1, \"y\": one of record and alert, not both"},
        {"groups:\n- name: a\n  rules:\n  - record: x", "r: line 4: group \"a\", rule 1, \"x\": expr must be set"},
        {"groups:\n- name: a\n  rules:\n  - record: x\n    expr: sum(",
         "r: line 5: group \"a\", rule 1, \"x\": the expression does not parse: 1:5: parse error: unclosed left "
         "parenthesis"},
        {"groups:\n- name: a\n  rules:\n  - {record: x, expr: 1, for: 5m}",
         "r: line 4: group \"a\", rule 1, \"x\": a recording rule has no for"},
        {"groups:\n- name: a\n  rules:\n  - {record: x, expr: 1, annotations: {a: b}}",
         "r: line 4: group \"a\", rule 1, \"x\": a recording rule has no annotations"},
        {"groups:\n- name: a\n  rules:\n  - {record: 'x{a=\"b\"}', expr: 1}",
         "r: line 4: group \"a\", rule 1, \"x{a=\"b\"}\": braces in the name of a recording rule; do they belong into "
         "expr?"},
        {"groups:\n- name: a\n  rules:\n  - {record: x, expr: 1, labels: {__name__: y}}",
         "r: line 4: group \"a\", rule 1, \"x\": invalid label name: \"__name__\""},
        {"groups:\n- name: a\n  rules:\n  - alert: x\n    expr: 1\n    annotations:\n      a: '{{ $x }}'",
         "r: line 7: group \"a\", rule 1, \"x\": the template of annotation a does not parse: line 1: variable $x is "
         "not defined"},
        {"groups:\n- name: a\n  rules:\n  - alert: x\n    expr: 1\n    labels: {b: '{{ nope }}'}",
         "r: line 6: group \"a\", rule 1, \"x\": the template of label b does not parse: line 1: function \"nope\" is "
         "not defined"},
    };
    for (const auto& [text, wanted] : cases) {
        CAPTURE(text);
        const RuleFile file = parse_rule_file(text, "r");
        REQUIRE(!file.errors.empty());
        CHECK(file.errors[0] == wanted);
    }
    CHECK(parse_rule_file("groups:\n- name: a\n  rules:\n  - {record: x, expr: 'sum('}\n  - {record: y}\n", "r")
              .errors.size() == 2);
}

TEST_CASE("two rules that give the same series are allowed, and told") {
    const RuleFile file = parse_rule_file(
        "groups:\n- name: a\n  rules:\n  - {record: x, expr: 1}\n- name: b\n  rules:\n  - {record: x, expr: 2}\n", "r");
    CHECK(file.errors.empty());
    REQUIRE(file.warnings.size() == 1);
    CHECK(file.warnings[0] == "r: line 7: group \"b\", \"x\" has the name and labels of the rule at line 4");
}

TEST_CASE("a file beyond the limits is refused by name") {
    CHECK(parse_rule_file(std::string(101, '#'), "r", {.file_bytes_max = 100}).errors[0] ==
          "r: line 1: 101 bytes, more than 100 (rules.file_bytes_max)");
    CHECK(parse_rule_file(GOOD, "r", {.rules_max = 1}).errors[0].find("more than 1 rules") != std::string::npos);
}

}  // namespace belfry::alarm
