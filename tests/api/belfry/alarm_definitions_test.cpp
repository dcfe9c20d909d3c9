#include "api/belfry/alarm_words.h"
#include "api/belfry/belfry_fixture.h"
#include "query/promql/parser.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::tests;

namespace {

constexpr const char* ALL = "/api/v1/belfry/alarm-definitions";

JsonView checked(BelfryFixture& f, const std::string& body) {
    const http::Response response = f.call("POST", std::string(ALL) + "/check", f.admin_request(body));
    CAPTURE(response.body);
    REQUIRE(response.status == 200);
    return f.json(response);
}

}  // namespace

TEST_CASE("definitions are made, read, replaced and removed") {
    BelfryFixture f;
    http::Response made = f.call(
        "POST", ALL, f.admin_request(R"({"name":"disk","language":"promql","expression":"disk_free{mount=\"/\"} < 5",
            "severity":"critical","for_ms":300000,"no_data":"keep","labels":{"team":"db"},"annotations":{"summary":"{{ $value }}"}})"));
    REQUIRE(made.status == 201);
    JsonView d = f.json(made);
    const std::string one = std::string(ALL) + "/" + d.string_or("id", "");
    for (const char* name : {"id",
                             "name",
                             "description",
                             "language",
                             "expression",
                             "severity",
                             "match_by",
                             "alarm_actions",
                             "ok_actions",
                             "undetermined_actions",
                             "actions_enabled",
                             "interval_ms",
                             "for_ms",
                             "keep_firing_for_ms",
                             "no_data",
                             "labels",
                             "annotations",
                             "ready_made",
                             "created_ms",
                             "updated_ms",
                             "alarms",
                             "parts"}) {
        CAPTURE(name);
        CHECK(d.has(name));
    }
    CHECK(d.string_or("severity", "") == "CRITICAL");
    CHECK(d.get("parts").at(0).dump() ==
          R"({"deterministic":false,"dimensions":{"mount":"/"},"function":"last","join":null,"metric":"disk_free",)"
          R"("op":"<","period_s":60,"threshold":5,"times":5})");
    CHECK(f.json(f.call("GET", ALL)).get("definitions").size() == 1);
    CHECK(f.json(f.call("GET", one)).string_or("no_data", "") == "keep");

    made =
        f.call("PUT", one, f.admin_request(R"({"name":"disk full","language":"promql","expression":"disk_free < 9"})"));
    CHECK(made.status == 200);
    CHECK(f.json(made).string_or("severity", "") == "LOW");  // replaced whole
    CHECK(f.call("POST", ALL, f.admin_request(R"({"name":"disk full","expression":"a > 1"})")).status == 409);
    for (const char* bad :
         {"", "[]", R"({"name":"x"})", R"({"name":5,"expression":"a > 1"})",
          R"({"name":"x","expression":"a > 1","severity":"LOUD"})",
          R"({"name":"x","expression":"a > 1","language":"sql"})",
          R"({"name":"x","expression":"a > 1","match_by":"host"})",
          R"({"name":"x","expression":"a > 1","labels":{"a":1}})",
          R"({"name":"x","expression":"a > 1","actions_enabled":"no"})",
          R"({"name":"x","expression":"a > 1","no_data":"explode"})",
          R"({"name":"x","expression":"a > 1","for_ms":"5m"})", R"({"name":"x","expression":"a >"})"}) {
        CAPTURE(bad);
        CHECK(f.call("POST", ALL, f.admin_request(bad)).status == 400);
    }
    http::Request foreign = f.admin_request();
    foreign.identity.tenant = "shop";
    CHECK(f.call("GET", one, foreign).status == 404);
    CHECK(f.call("DELETE", one, foreign).status == 404);
    CHECK(f.call("DELETE", one).status == 204);
    CHECK(f.call("GET", one).status == 404);
}

TEST_CASE("an expression that is being written shows what it would match, in Monasca's language") {
    BelfryFixture f;
    const int64_t now_ms = f.clock.now_ms();
    for (const char* host : {"a", "b"}) {
        for (const char* device : {"sda", "sdb"})
            f.source.add({{"__name__", "disk"}, {"device", device}, {"hostname", host}}, now_ms - 10'000,
                         host[0] == 'a' && device[2] == 'b' ? 95 : 10);
    }
    f.source.add({{"__name__", "disk"}, {"device", "old"}, {"hostname", "c"}}, now_ms - 600'000, 99);
    JsonView c = checked(f, R"({"language":"monasca","expression":"max(disk) > 90","match_by":["hostname"]})");
    CHECK(c.bool_or("valid", false));
    CHECK(c.int_or("matching_series", 0) == 5);
    CHECK(c.int_or("alarms", 0) == 3);
    CHECK(c.get("preview").at(0).dump() == R"({"labels":{"hostname":"a"},"state":"ALARM","value":95})");
    CHECK(c.get("preview").at(1).dump() == R"({"labels":{"hostname":"c"},"state":"UNDETERMINED","value":null})");
    CHECK(c.get("parts").at(0).string_or("function", "") == "max");
    c = checked(f, R"({"expression":"avg(disk{device=sdb}) > 50 and count(disk, deterministic) < 9"})");
    CHECK(c.int_or("alarms", 0) == 1);
    CHECK(c.get("preview").at(0).double_or("value", 0) == 52.5);
    CHECK(c.get("preview").at(0).string_or("state", "") == "ALARM");
    CHECK(c.get("parts").at(1).string_or("join", "") == "and");
    c = checked(f, R"({"expression":"max(disk) >> 90"})");
    CHECK_FALSE(c.bool_or("valid", true));
    CHECK(c.get("error").int_or("at", -1) == 11);
    CHECK(checked(f, R"({"expression":"max(nothing) > 1"})").int_or("alarms", -1) == 0);
}

TEST_CASE("an expression that is being written shows what it would match, in PromQL") {
    BelfryFixture f;
    const int64_t now_ms = f.clock.now_ms();
    f.source.add({{"__name__", "free"}, {"host", "a"}, {"mount", "/"}}, now_ms - 10'000, 3);
    f.source.add({{"__name__", "free"}, {"host", "a"}, {"mount", "/x"}}, now_ms - 10'000, 50);
    f.source.add({{"__name__", "free"}, {"host", "b"}, {"mount", "/"}}, now_ms - 10'000, 50);
    JsonView c = checked(f, R"({"language":"promql","expression":"10 > free"})");
    CHECK(c.int_or("matching_series", 0) == 3);
    CHECK(c.int_or("alarms", 0) == 3);
    CHECK(c.get("preview").at(0).double_or("value", 0) == 3);
    CHECK(c.get("preview").at(0).string_or("state", "") == "ALARM");
    CHECK(c.get("preview").at(1).string_or("state", "") == "OK");
    CHECK(c.get("parts").at(0).string_or("op", "") == "<");
    CHECK(checked(f, R"({"language":"promql","expression":"free < 10","match_by":["host"]})").int_or("alarms", 0) == 2);
    // without a comparison a series that is there rings
    CHECK(checked(f, R"({"language":"promql","expression":"free and free < 10"})").int_or("alarms", 0) == 1);
    c = checked(f, R"({"language":"promql","expression":"sum(free"})");
    CHECK_FALSE(c.bool_or("valid", true));
    CHECK(c.get("error").get("at").as_int().has_value());
    CHECK_FALSE(checked(f, R"({"language":"promql","expression":"free + on(mount) free > 1"})").bool_or("valid", true));
}

TEST_CASE("the chart of a PromQL alarm is its own series of the value") {
    catalog::AlarmDefinition d{.language = catalog::AlarmLanguage::promql, .labels = {{"team", "db"}}};
    model::Alarm alarm{.labels = {{"a.b", "$x"}, {"host", "h"}, {"team", "db"}}};
    alarm::ParsedDefinition parsed;
    parsed.promql = std::make_shared<const alarm::Condition>(alarm::read_condition("rate(errors[5m]) > 0.5").value());
    const auto chart = api::chart_of(alarm, d, parsed);
    REQUIRE(chart.has_value());
    CHECK(
        chart->query ==
        R"((rate(errors[5m])) and on ("a.b", host) label_replace(label_replace(vector(1), "a.b", "$$x", "", ""), "host", "h", "", ""))");
    CHECK(promql::parse(chart->query).ok());
    CHECK(chart->op == ">");
    parsed.promql = std::make_shared<const alarm::Condition>(alarm::read_condition("up and up == 0").value());
    CHECK_FALSE(api::chart_of(alarm, d, parsed).has_value());
    parsed.promql = std::make_shared<const alarm::Condition>(alarm::read_condition("-5 <= (up)").value());
    CHECK(api::chart_of({}, d, parsed)->query == "up");
    CHECK(api::chart_of({}, d, parsed)->op == ">=");
    CHECK(api::chart_of({}, d, parsed)->threshold == -5);
}
