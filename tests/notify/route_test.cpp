#include "notify/route.h"
#include "notify/matchers.h"
#include "notify/networks.h"
#include "notify/notice.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>

using namespace belfry;

namespace {

std::string error_of(std::string_view yaml) {
    const auto parsed = notify::parse_routing(yaml);
    return parsed.ok() ? "" : parsed.error().message;
}

std::vector<std::string> receivers(const notify::RoutingPtr& routing, model::Dimensions labels) {
    std::vector<std::string> out;
    for (const notify::Route* route : routing->find(labels))
        out.push_back(route->receiver);
    return out;
}

bool allowed(const notify::Networks& networks, const char* text) {
    sockaddr_storage address{};
    auto& four = reinterpret_cast<sockaddr_in&>(address);
    auto& six = reinterpret_cast<sockaddr_in6&>(address);
    if (::inet_pton(AF_INET, text, &four.sin_addr) == 1)
        address.ss_family = AF_INET;
    else if (::inet_pton(AF_INET6, text, &six.sin6_addr) == 1)
        address.ss_family = AF_INET6;
    return networks.check(address).ok();
}

}  // namespace

TEST_CASE("matchers are written as Alertmanager writes them") {
    const auto text = [](std::string_view source) {
        std::string out;
        const auto parsed = notify::parse_matchers(source);
        if (!parsed.ok()) return "error: " + parsed.error().message;
        for (const auto& m : *parsed)
            out += m.to_string() + ";";
        return out;
    };
    CHECK(text(R"(a="b")") == R"(a="b";)");
    CHECK(text("a=b") == R"(a="b";)");
    CHECK(text(R"({a=~"b|c", d!="e"})") == R"(a=~"b|c";d!="e";)");
    CHECK(text(R"(a!~x, b = "q\"q\n",)") == R"(a!~"x";b="q\"q\n";)");
    CHECK(text(R"("my label"="x")") == R"(my label="x";)");
    for (const char* bad : {"", "{}", "a", "a=b\"", "{a=b", R"(a="b)", "=b", "a=~("})
        CHECK(text(bad).starts_with("error"));
}

TEST_CASE("an alarm takes the first child that fits, further ones with continue, else the parent") {
    const auto routing = notify::parse_routing(R"(
route:
  receiver: all
  group_by: [alertname]
  routes:
  - matchers: [severity="critical"]
    receiver: pager
    continue: true
  - matchers: ['team=~"db|store"']
    receiver: db
    group_wait: 5s
    routes:
    - match: {env: test}
      receiver: quiet
)");
    REQUIRE(routing.ok());
    using V = std::vector<std::string>;
    CHECK(receivers(*routing, {}) == V{"all"});
    CHECK(receivers(*routing, {{"severity", "critical"}}) == V{"pager"});
    CHECK(receivers(*routing, {{"severity", "critical"}, {"team", "db"}}) == V{"pager", "db"});
    CHECK(receivers(*routing, {{"env", "test"}, {"team", "store"}}) == V{"quiet"});
    const notify::Route* quiet = (*routing)->find({{"env", "test"}, {"team", "store"}})[0];
    CHECK(quiet->group_wait_ms == 5'000);
    CHECK(quiet->group_by == V{"alertname"});
    CHECK((*routing)->by_id(quiet->id) == quiet);
    CHECK((*routing)->receivers == V{"all", "db", "pager", "quiet"});
}

TEST_CASE("mistakes in the routing name their line") {
    CHECK(error_of("") == "");
    CHECK(error_of("rout: {}").starts_with("line 1: unknown key rout"));
    CHECK(error_of("route:\n  receiver: a\n  group_wait: soon\n").starts_with("line 3: group_wait"));
    CHECK(error_of("route:\n  receiver: a\n  routes:\n  - matchers: ['a=~(']\n").starts_with("line 4:"));
    CHECK(error_of("route:\n  receiver: a\n  matchers: [a=b]\n").find("root") != std::string::npos);
    CHECK(error_of("route:\n  mute_time_intervals: [x]\n").find("no time interval named x") != std::string::npos);
    CHECK(error_of("receivers:\n- name: x\n  webhook_configs: []\n").find("unknown key webhook_configs") !=
          std::string::npos);
    CHECK(error_of("inhibit_rules:\n- equal: [a]\n").find("source_matchers") != std::string::npos);
}

TEST_CASE("time intervals hold by time, weekday, day, month, year and place") {
    const auto holds = [](std::string_view yaml, int64_t unix_s) {
        const auto node = parse_yaml_document(yaml);
        REQUIRE(node.ok());
        const auto interval = notify::parse_time_interval(*node);
        REQUIRE_MESSAGE(interval.ok(), interval.error().message);
        return interval->holds(unix_s * 1000);
    };
    constexpr int64_t THURSDAY = 1'767'225'600;  // 2026-01-01T00:00:00Z
    CHECK(holds("{}", THURSDAY));
    CHECK(holds("weekdays: ['monday:friday']", THURSDAY));
    CHECK_FALSE(holds("weekdays: [saturday, sunday]", THURSDAY));
    CHECK(holds("times: [{start_time: '09:00', end_time: '17:00'}]", THURSDAY + 9 * 3600));
    CHECK_FALSE(holds("times: [{start_time: '09:00', end_time: '17:00'}]", THURSDAY + 17 * 3600));
    CHECK(holds("times: [{start_time: '22:00', end_time: '24:00'}]", THURSDAY + 86'399));
    CHECK(holds("days_of_month: ['1:5']", THURSDAY));
    CHECK(holds("days_of_month: ['-1']", THURSDAY + 30 * 86'400));
    CHECK_FALSE(holds("days_of_month: ['-1']", THURSDAY));
    CHECK(holds("months: ['december:december', january]", THURSDAY));
    CHECK(holds("years: ['2026:2027']", THURSDAY));
    CHECK_FALSE(holds("years: ['2025']", THURSDAY));
    for (const char* bad : {"weekdays: [someday]", "times: [{start_time: '17:00', end_time: '09:00'}]",
                            "days_of_month: ['0']", "months: ['13']", "location: ../etc/passwd", "hours: []"}) {
        const auto node = parse_yaml_document(bad);
        REQUIRE(node.ok());
        CHECK_FALSE(notify::parse_time_interval(*node).ok());
    }
}

TEST_CASE("notifications never go to link-local and multicast addresses") {
    const auto networks = notify::Networks::make({}, {"10.1.0.0/16", "2001:db8::/32"});
    REQUIRE(networks.ok());
    for (const char* good : {"127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "8.8.8.8", "2001:db9::1"})
        CHECK_MESSAGE(allowed(*networks, good), good);
    for (const char* bad : {"169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "224.0.0.1", "ff02::1", "10.1.2.3",
                            "2001:db8::1", "fd00:ec2::254"})
        CHECK_FALSE_MESSAGE(allowed(*networks, bad), bad);
    const auto only = notify::Networks::make({"192.0.2.0/24"}, {});
    CHECK(allowed(*only, "192.0.2.7"));
    CHECK_FALSE(allowed(*only, "127.0.0.1"));
    CHECK_FALSE(notify::Networks::make({"10.0.0.0/33"}, {}).ok());
    CHECK_FALSE(notify::Networks::make({}, {"nowhere"}).ok());
}
