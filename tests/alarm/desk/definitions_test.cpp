#include "alarm/desk/definitions.h"

#include "alarm/desk/desk_fixture.h"

using namespace belfry;
using namespace belfry::tests;
using catalog::AlarmDefinition;
using catalog::AlarmLanguage;

namespace {

AlarmDefinition monasca(std::string name, std::string expression = "max(cpu{host=a}) > 5 and avg(mem) < 2 times 3") {
    return {.name = std::move(name), .expression = std::move(expression), .match_by = {"host"}};
}

AlarmDefinition query(std::string name, std::string expression) {
    return {.name = std::move(name), .language = AlarmLanguage::promql, .expression = std::move(expression)};
}

std::string refusal(DeskFixture& f, AlarmDefinition definition) {
    const auto made = f.definitions.create(std::move(definition), "ana");
    return made.ok() ? "" : made.error().message;
}

}  // namespace

TEST_CASE("definitions of both languages are made, listed, changed and removed with their alarms") {
    DeskFixture f;
    f.add_method("m1");
    AlarmDefinition d = monasca("cpu");
    d.alarm_actions = {"m1"};
    const auto made = f.definitions.create(d, "ana");
    REQUIRE(made.ok());
    CHECK((*made)->id.size() == 36);
    CHECK((*made)->created_ms == f.clock.now_ms());
    REQUIRE(f.definitions.create(query("disk", "disk_free < 5"), "ana").ok());
    CHECK(f.definitions.list("default").size() == 2);
    CHECK(f.definitions.list("shop").empty());
    CHECK(f.definitions.find("shop", (*made)->id).error().code == Code::not_found);
    CHECK(f.definitions.create(monasca("cpu"), "ana").error().code == Code::conflict);
    CHECK(f.definitions.users_of_method("default", "m1") == std::vector<std::string>{"cpu"});

    AlarmDefinition next = **made;
    next.severity = model::Severity::critical;
    REQUIRE(f.definitions.update(next, alarm::ChangeRules::monasca, "ana").ok());
    CHECK(f.definitions.find("default", next.id).value()->severity == model::Severity::critical);

    f.add("x", model::AlarmState::alarm, next.id);
    REQUIRE(f.definitions.remove("default", next.id, "ana").ok());
    CHECK(f.store->alarms("default").empty());
    CHECK(f.definitions.remove("default", next.id, "ana").error().code == Code::not_found);
}

TEST_CASE("Monasca's rules of a change hold where they are asked for") {
    DeskFixture f;
    AlarmDefinition d = *f.definitions.create(monasca("cpu"), "ana").value();
    const auto change = [&](const std::string& expression, std::vector<std::string> match_by,
                            alarm::ChangeRules rules) {
        d.expression = expression;
        d.match_by = std::move(match_by);
        const auto done = f.definitions.update(d, rules, "ana");
        return done.ok() ? std::string() : done.error().message;
    };
    const auto strict = alarm::ChangeRules::monasca;
    CHECK(change("avg(cpu{host=a}) > 7 or max(mem) < 2", {"host"}, strict) == "");
    CHECK(change("avg(cpu{host=a}) > 7 or max(mem) < 2", {}, strict) == "match_by must not change");
    CHECK(change("avg(cpu{host=a}) > 7", {"host"}, strict) == "number of subexpressions must not change");
    CHECK(change("avg(cpu{host=b}) > 7 or max(mem) < 2", {"host"}, strict) ==
          "metrics in subexpression must not change");
    CHECK(change("avg(other) > 7", {}, alarm::ChangeRules::free) == "");
    d.language = AlarmLanguage::promql;
    CHECK(change("other > 7", {}, alarm::ChangeRules::free).find("language") != std::string::npos);
}

TEST_CASE("what is wrong is refused with a sentence that says it") {
    DeskFixture f;
    f.add_method("m1", "shop");
    const auto with = [](auto change) {
        AlarmDefinition d = monasca("cpu");
        change(d);
        return d;
    };
    using D = AlarmDefinition;
    const std::pair<AlarmDefinition, std::string> cases[] = {
        {with([](D& d) { d.name = ""; }), "name must not be empty"},
        {with([](D& d) { d.name = std::string(256, 'x'); }), "255"},
        {with([](D& d) { d.description = std::string(256, 'x'); }), "description"},
        {with([](D& d) { d.expression = "max(cpu) >"; }), "expression: "},
        {with([](D& d) { d.expression = ""; }), "expression"},
        {with([](D& d) {
             d.match_by = {"a", "a"};
         }),
         "twice"},
        {with([](D& d) { d.match_by = {"_a"}; }), "_a"},
        {with([](D& d) { d.match_by = {"a;b"}; }), "a;b"},
        {with([](D& d) { d.alarm_actions = {"m1"}; }), "no notification method m1"},  // of another tenant
        {with([](D& d) { d.ok_actions = std::vector<std::string>(101, "x"); }), "alarms.actions_max"},
        {with([](D& d) { d.ok_actions = {std::string(51, 'x')}; }), "50"},
        {with([](D& d) {
             d.annotations = {{"summary", "{{ $value"}};
         }),
         "annotation summary"},
        {with([](D& d) {
             d.annotations = {{"a b", ""}};
         }),
         "a b"},
        {with([](D& d) {
             d.labels = {{"team", std::string(70'000, 'x')}};
         }),
         "alarms.definition_bytes_max"},
        {with([](D& d) { d.interval_ms = 10; }), "interval_ms"},
        {with([](D& d) { d.for_ms = -1; }), "for_ms"},
        {query("a", "sum("), "expression: "},
        {query("a", "up[5m]"), "expression: "},
        {query("a", "\"text\""), "expression: "},
    };
    for (const auto& [definition, text] : cases) {
        const std::string message = refusal(f, definition);
        CAPTURE(message);
        CAPTURE(text);
        CHECK(message.find(text) != std::string::npos);
    }
    CHECK(f.definitions.list("default").empty());
}
