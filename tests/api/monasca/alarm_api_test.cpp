#include "api/monasca/alarm_api.h"

#include "alarm/desk/desk_fixture.h"

using namespace belfry;
using namespace belfry::tests;

namespace {

struct Fixture : DeskFixture {
    notify::NotifyConfig notify;
    http::Router router;
    api::monasca::AlarmApi api{{.definitions = definitions,
                                .desk = desk,
                                .store = *store,
                                .catalog = *catalog,
                                .changes = changes,
                                .notify = notify,
                                .catch_up = [] {}}};
    std::string tenant = "default";
    Fixture() { api.add_routes(router); }

    struct Reply {
        int status = 0;
        JsonView json;
        [[nodiscard]] std::string description() const { return json.string_or("description", ""); }
        /// The members of all elements, joined.
        [[nodiscard]] std::string each(std::string_view member) const {
            std::string out;
            for (size_t i = 0; i < json.get("elements").size(); i++)
                out += (i > 0 ? "," : "") + json.get("elements").at(i).string_or(member, "?");
            return out;
        }
        [[nodiscard]] std::string next() const {
            const JsonView links = json.get("links");
            return links.size() < 2 ? "" : links.at(1).string_or("href", "");
        }
    };
    using Query = std::vector<std::pair<std::string, std::string>>;
    http::Role role = http::Role::editor;
    Reply ask(const std::string& method,
              const std::string& path,
              const std::string& body = "",
              const Query& params = {}) {
        http::Request request;
        request.method = method;
        request.path = "/monasca/v2.0" + path;
        request.headers["host"] = "h:1";
        request.body = body;
        request.identity.tenant = tenant;
        request.identity.user = "ann";
        request.identity.role = role;
        for (const auto& [name, value] : params)
            request.query.add(name, value);
        http::RouteMatch match = router.find(method, request.path);
        REQUIRE(match.route != nullptr);
        request.path_params = match.path_params;
        const http::Response response = match.route->handler(request);
        return {response.status, response.body.empty() ? JsonView() : *JsonView::parse(response.body)};
    }
    Reply get(const std::string& path, const Query& params = {}) { return ask("GET", path, "", params); }
    void add_alarm(const std::string& id, model::AlarmState state, const std::string& definition = "d1") {
        add(id, state, definition, "default", model::AlarmSource::threshold);
    }
};

constexpr const char* METHOD = R"({"name":"hook","type":"webhook","address":"http://x/","period":0})";

}  // namespace

TEST_CASE("Monasca: notification methods are made, listed, changed and removed") {
    Fixture f;
    const auto made = f.ask("POST", "/notification-methods", METHOD);
    REQUIRE(made.status == 201);
    const std::string id = made.json.string_or("id", "");
    CHECK(made.json.string_or("type", "") == "WEBHOOK");
    for (const auto& [role, address] :
         {std::pair{http::Role::none, "***"}, {http::Role::read, "http://x/"}, {http::Role::editor, "http://x/"}}) {
        f.role = role;  // an address may be a secret
        CHECK(f.get("/notification-methods").each("address") == address);
        CHECK(f.get("/notification-methods/" + id).json.string_or("address", "") == address);
    }
    CHECK(made.json.get("links").at(0).string_or("href", "") == "http://h:1/monasca/v2.0/notification-methods/" + id);
    CHECK(f.ask("POST", "/notification-methods/", METHOD).status == 409);
    CHECK(f.ask("POST", "/notification-methods", R"({"name":"mail","type":"EMAIL","address":"ab","period":"60"})")
              .status == 400);
    CHECK(
        f.ask("POST", "/notification-methods", R"({"name":"w2","type":"WEBHOOK","address":"http://y/","period":"60"})")
            .status == 201);
    CHECK(f.get("/notification-methods", {{"sort_by", "name desc"}}).each("name") == "w2,hook");
    CHECK(f.get("/notification-methods", {{"sort_by", "address"}, {"limit", "1"}}).next() ==
          "http://h:1/monasca/v2.0/notification-methods?offset=1&sort_by=address&limit=1");
    CHECK(f.get("/notification-methods", {{"sort_by", "address"}, {"offset", "1"}}).each("name") == "w2");
    CHECK(f.get("/notification-methods", {{"offset", "x"}}).status == 422);
    for (const char* bad : {"colour", "name up", "name asc x", ","})
        CHECK(f.get("/notification-methods", {{"sort_by", bad}}).status == 422);
    const std::string path = "/notification-methods/" + id;
    CHECK(f.ask("PATCH", path, R"({"address":"http://z/"})").json.string_or("address", "") == "http://z/");
    CHECK(f.ask("PUT", path, R"({"name":"n","type":"WEBHOOK","address":"http://z/"})").status == 400);
    CHECK(f.ask("PUT", path, R"({"name":"n","type":"WEBHOOK","address":"http://z/","period":60})")
              .json.int_or("period", 0) == 60);
    for (const char* bad : {"{", "[]", R"({"name":7})", R"({"address":"ftp:x"})", R"({"type":"PIGEON"})",
                            R"({"period":1.5})", R"({"period":10})", R"({"name":""})"})
        CHECK(f.ask("PATCH", path, bad).status == 400);
    CHECK(f.get("/notification-methods/types").each("type").find("PAGERDUTY") != std::string::npos);
    f.tenant = "shop";
    CHECK(f.get(path).status == 404);
    CHECK(f.get("/notification-methods").each("name").empty());
    f.tenant = "default";
    CHECK(f.ask("DELETE", path).status == 204);
    CHECK(f.ask("DELETE", path).status == 404);
    CHECK(f.get(path).status == 404);
}

TEST_CASE("Monasca: a method's secrets do not follow it to another address") {
    Fixture f;
    const catalog::NotificationMethod method{.id = "m1",
                                             .name = "hook",
                                             .type = "WEBHOOK",
                                             .address = "http://x/",
                                             .options = {{"authorization", "Bearer x"}}};
    REQUIRE(f.changes.save_document(catalog::to_document(method), "t").ok());
    const auto stored = [&] {
        return *catalog::read_notification_method(
            *f.catalog->snapshot()->document(catalog::NOTIFICATION_METHOD, "m1", "default"));
    };
    const auto refused = f.ask("PATCH", "/notification-methods/m1", R"({"address":"http://thief/"})");
    CHECK(refused.status == 400);
    CHECK(refused.json.dump().find("has to be entered again") != std::string::npos);
    CHECK(f.ask("PUT", "/notification-methods/m1",
                R"({"name":"n","type":"WEBHOOK","address":"http://thief/","period":0})")
              .status == 400);
    CHECK(stored().address == "http://x/");
    CHECK(f.ask("PATCH", "/notification-methods/m1", R"({"name":"new"})").status == 200);
    CHECK(stored().options == method.options);
    CHECK(f.ask("PATCH", "/notification-methods/m1", R"({"type":"slack","address":"http://thief/"})").status == 200);
    CHECK(stored().options.empty());
}

TEST_CASE("Monasca: alarm definitions are made, filtered, changed and removed") {
    Fixture f;
    f.add_method("m1");
    const auto made = f.ask(
        "POST", "/alarm-definitions",
        R"({"name":"busy","expression":"max(cpu{host=a}) > 5","severity":"high","match_by":["host"],"alarm_actions":["m1"]})");
    REQUIRE(made.status == 201);
    const std::string id = made.json.string_or("id", "");
    const std::string path = "/alarm-definitions/" + id;
    CHECK(made.json.string_or("severity", "") == "HIGH");
    CHECK(made.json.get("match_by").dump() == R"(["host"])");
    CHECK(made.json.get("deterministic").as_bool() == false);
    CHECK(made.json.get("actions_enabled").as_bool() == true);
    CHECK(made.json.get("links").at(0).string_or("href", "") == "http://h:1/monasca/v2.0" + path);
    CHECK(f.ask("POST", "/alarm-definitions", R"({"name":"logs","expression":"count(log{s=w},deterministic)>1"})")
              .status == 201);
    CHECK(f.ask("POST", "/alarm-definitions", R"({"name":"busy","expression":"x>1"})").status == 409);
    CHECK(f.ask("POST", "/alarm-definitions", "{").status == 400);
    for (const char* bad :
         {"{}", R"({"name":"a"})", R"({"name":"a","expression":"x"})", R"({"name":"a","expression":7})",
          R"({"name":"a","expression":"x>1","severity":"AWFUL"})", R"({"name":"a","expression":"x>1","match_by":"h"})",
          R"({"name":"a","expression":"x>1","match_by":["_h"]})",
          R"({"name":"a","expression":"x>1","alarm_actions":["nobody"]})",
          R"({"name":"a","expression":"x>1","alarm_actions":["m1","m1"]})"})
        CHECK_MESSAGE(f.ask("POST", "/alarm-definitions", bad).status == 422, bad);

    catalog::AlarmDefinition promql{.name = "q", .language = catalog::AlarmLanguage::promql, .expression = "up < 1"};
    const std::string other = (*f.definitions.create(promql, "ann"))->id;
    CHECK(f.get("/alarm-definitions/" + other).status == 404);
    CHECK(f.get("/alarm-definitions", {{"sort_by", "name"}}).each("name") == "busy,logs");
    CHECK(f.get("/alarm-definitions", {{"sort_by", "severity desc, name"}}).each("name") == "busy,logs");
    CHECK(f.get("/alarm-definitions", {{"severity", "LOW|CRITICAL"}}).each("name") == "logs");
    CHECK(f.get("/alarm-definitions", {{"severity", "NO"}}).status == 422);
    CHECK(f.get("/alarm-definitions", {{"name", "logs"}}).each("name") == "logs");
    CHECK(f.get("/alarm-definitions", {{"dimensions", "s:v|w"}}).each("name") == "logs");
    CHECK(f.get("/alarm-definitions", {{"dimensions", "host"}}).each("name") == "busy");
    CHECK(f.get("/alarm-definitions", {{"limit", "1"}, {"sort_by", "name"}}).next().find("offset=1&limit=1") !=
          std::string::npos);

    CHECK(f.ask("PATCH", path, R"({"expression":"min(cpu{host=a},120) < 7 times 3"})").status == 200);
    CHECK(f.ask("PATCH", path, R"({"expression":"max(mem) > 5"})")
              .description()
              .find("metrics in subexpression must not change") != std::string::npos);
    CHECK(f.ask("PATCH", path, R"({"expression":"max(cpu{host=a})>5 or x>1"})")
              .description()
              .find("number of subexpressions must not change") != std::string::npos);
    CHECK(f.ask("PATCH", path, R"({"match_by":["dev"]})").description() == "match_by must not change");
    CHECK(f.ask("PUT", path, R"({"name":"busy"})").status == 422);
    const auto put = f.ask(
        "PUT", path,
        R"({"name":"busier","expression":"max(cpu{host=a}) > 5","description":"d","severity":"LOW","match_by":["host"],
                               "actions_enabled":false,"alarm_actions":[],"ok_actions":["m1"],"undetermined_actions":[]})");
    CHECK(put.status == 200);
    CHECK(put.json.get("actions_enabled").as_bool() == false);
    // a method that is removed is named by no definition any more
    CHECK(f.ask("DELETE", "/notification-methods/m1").status == 204);
    CHECK(f.get(path).json.get("ok_actions").dump() == "[]");
    f.tenant = "shop";
    CHECK(f.ask("DELETE", path).status == 404);
    f.tenant = "default";
    f.add_alarm("a1", model::AlarmState::alarm, id);
    CHECK(f.ask("DELETE", path).status == 204);
    CHECK(f.get("/alarms").each("id").empty());
    CHECK(f.get(path).status == 404);
}

TEST_CASE("Monasca: alarms with filters, order and pages") {
    Fixture f;
    f.add_alarm("a", model::AlarmState::ok);
    f.clock.advance_ms(1'500);
    f.add_alarm("b", model::AlarmState::alarm, "d2");
    f.add_alarm("c", model::AlarmState::undetermined);
    f.add("outside", model::AlarmState::alarm);
    const auto all = f.get("/alarms");
    CHECK(all.each("id") == "a,b,c");
    CHECK(
        all.json.get("elements").at(0).dump() ==
        R"({"alarm_definition":{"id":"d1","links":[{"href":"http://h:1/monasca/v2.0/alarm-definitions/d1","rel":"self"}],"name":"cpu busy","severity":"HIGH"},"created_timestamp":"2023-11-14T22:13:20.000Z","id":"a","lifecycle_state":null,"link":null,"links":[{"href":"http://h:1/monasca/v2.0/alarms/a","rel":"self"}],"metrics":[{"dimensions":{"host":"a"},"name":"cpu"}],"state":"OK","state_updated_timestamp":"2023-11-14T22:13:20.000Z","updated_timestamp":"2023-11-14T22:13:20.000Z"})");
    CHECK(f.get("/alarms", {{"state", "alarm"}}).each("id") == "b");
    CHECK(f.get("/alarms", {{"alarm_definition_id", "d2"}}).each("id") == "b");
    CHECK(f.get("/alarms", {{"severity", "LOW|HIGH"}}).each("id") == "a,b,c");
    CHECK(f.get("/alarms", {{"severity", "LOW"}}).each("id").empty());
    CHECK(f.get("/alarms", {{"metric_name", "cpu"}, {"metric_dimensions", "host:a|c"}}).each("id") == "a,c");
    CHECK(f.get("/alarms", {{"metric_name", "mem"}}).each("id").empty());
    CHECK(f.get("/alarms", {{"state_updated_start_time", "2023-11-14T22:13:21.500Z"}}).each("id") == "b,c");
    CHECK(f.get("/alarms", {{"sort_by", "state desc"}}).each("id") == "b,c,a");
    CHECK(f.get("/alarms", {{"sort_by", "created_timestamp desc,alarm_id desc"}}).each("id") == "c,b,a");
    CHECK(f.get("/alarms", {{"limit", "2"}}).next() == "http://h:1/monasca/v2.0/alarms?offset=2&limit=2");
    CHECK(f.get("/alarms", {{"offset", "2"}}).each("id") == "c");
    for (const auto& [name, bad] : Fixture::Query{{"state", "BAD"},
                                                  {"severity", "x"},
                                                  {"sort_by", "x"},
                                                  {"offset", "a"},
                                                  {"limit", "a"},
                                                  {"state_updated_start_time", "x"},
                                                  {"metric_dimensions", "_a:b"}})
        CHECK_MESSAGE(f.get("/alarms", {{name, bad}}).status == 422, name);
    CHECK(f.get("/alarms/outside").status == 404);
    f.tenant = "shop";
    CHECK(f.get("/alarms/a").status == 404);
    CHECK(f.get("/alarms").each("id").empty());
}

TEST_CASE("Monasca: alarms are counted by groups") {
    Fixture f;
    const auto counts = [&](const std::string& group_by, const Fixture::Query& more = {}) {
        Fixture::Query params = more;
        if (!group_by.empty()) params.emplace_back("group_by", group_by);
        return f.get("/alarms/count", params).json.get("counts").dump();
    };
    CHECK(counts("") == "[[0]]");
    CHECK(counts("state,name") == "[[0,null,null]]");
    f.add_alarm("a", model::AlarmState::ok);
    f.add_alarm("b", model::AlarmState::alarm, "d2");
    f.add_alarm("c", model::AlarmState::alarm);
    CHECK(counts("") == "[[3]]");
    CHECK(f.get("/alarms/count", {{"group_by", "state"}}).json.get("columns").dump() == R"(["count","state"])");
    CHECK(counts("state") == R"([[2,"ALARM"],[1,"OK"]])");
    CHECK(counts("alarm_definition_id,state", {{"limit", "1"}}) == R"([[1,"d1","ALARM"]])");
    CHECK(counts("alarm_definition_id,state", {{"offset", "2"}}) == R"([[1,"d2","ALARM"]])");
    CHECK(counts("metric_name,dimension_name,dimension_value", {{"state", "OK"}}) == R"([[1,"cpu","host","a"]])");
    CHECK(counts("lifecycle_state") == "[[3,null]]");
    CHECK(f.get("/alarms/count/", {{"group_by", "colour"}}).status == 422);
}

TEST_CASE("Monasca: alarms are changed by hand, and their history says so") {
    Fixture f;
    f.add_alarm("a", model::AlarmState::alarm);
    f.add_alarm("b", model::AlarmState::alarm);
    CHECK(f.ask("PATCH", "/alarms/a", R"({"link":"http://x/"})").json.string_or("link", "") == "http://x/");
    CHECK(f.get("/alarms/a/state-history").json.get("elements").size() == 0);
    CHECK(f.ask("PUT", "/alarms/a", R"({"state":"OK","link":"l"})").status == 422);
    CHECK(f.ask("PUT", "/alarms/a", R"({"state":"OK","link":"","lifecycle_state":"x"})").status == 422);
    CHECK(f.ask("PUT", "/alarms/a", "x").status == 400);
    CHECK(f.ask("PATCH", "/alarms/a", R"({"state":"GOOD"})").status == 422);
    CHECK(f.ask("PATCH", "/alarms/a", R"({"lifecycle_state":")" + std::string(51, 'x') + R"("})").status == 422);
    CHECK(f.ask("PATCH", "/alarms/a", R"({"link":")" + std::string(513, 'x') + R"("})").status == 422);
    f.clock.advance_ms(10);
    CHECK(f.ask("PUT", "/alarms/a", R"({"state":"ok","link":"l","lifecycle_state":"OPEN"})")
              .json.string_or("state", "") == "OK");
    f.clock.advance_ms(10);
    CHECK(f.ask("PATCH", "/alarms/a/", R"({"state":"UNDETERMINED"})").status == 200);
    f.clock.advance_ms(10);
    CHECK(f.ask("PATCH", "/alarms/b", R"({"state":"OK"})").status == 200);
    const auto history = f.get("/alarms/a/state-history/");
    CHECK(history.each("new_state") == "OK,UNDETERMINED");
    CHECK(
        history.json.get("elements").at(0).dump() ==
        R"({"alarm_id":"a","id":"1700000000010","metrics":[{"dimensions":{"host":"a"},"id":null,"name":"cpu"}],"new_state":"OK","old_state":"ALARM","reason":"Alarm state updated via API","reason_data":"{}","sub_alarms":[],"timestamp":"2023-11-14T22:13:20.010Z"})");
    CHECK(f.get("/alarms/state-history").each("alarm_id") == "a,a,b");
    CHECK(f.get("/alarms/state-history/", {{"dimensions", "host:b"}}).each("alarm_id") == "b");
    CHECK(f.get("/alarms/state-history",
                {{"start_time", "2023-11-14T22:13:20.020Z"}, {"end_time", "2023-11-14T22:13:20.020Z"}})
              .each("new_state") == "UNDETERMINED");
    CHECK(f.get("/alarms/state-history", {{"offset", "1700000000010"}}).each("alarm_id") == "a,b");
    CHECK(f.get("/alarms/state-history", {{"offset", "2023-11-14T22:13:20.020Z"}}).each("alarm_id") == "b");
    CHECK(f.get("/alarms/state-history", {{"limit", "1"}}).next().find("offset=1700000000010_") != std::string::npos);
    CHECK(f.get("/alarms/state-history", {{"offset", "x"}}).status == 422);
    CHECK(f.get("/alarms/nobody/state-history").status == 404);
    CHECK(f.ask("DELETE", "/alarms/a").status == 204);
    CHECK(f.ask("DELETE", "/alarms/a").status == 404);
    CHECK(f.get("/alarms/a/state-history").each("new_state") == "OK,UNDETERMINED");
}
