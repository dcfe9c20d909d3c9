#include "notify/method_check.h"

#include <doctest/doctest.h>

using namespace belfry;
using notify::check_method;

namespace {

catalog::NotificationMethod method(std::string type, std::string address) {
    return {.id = "1", .name = "ops", .type = std::move(type), .address = std::move(address)};
}

bool good(catalog::NotificationMethod m) {
    return check_method(m, {}).ok();
}

}  // namespace

TEST_CASE("addresses of methods fit their type") {
    CHECK(good(method("webhook", "http://127.0.0.1:8080/a?b=c")));
    CHECK(good(method("WEBHOOK", "https://user:secret@example.org")));
    CHECK_FALSE(good(method("WEBHOOK", "http://")));
    CHECK_FALSE(good(method("WEBHOOK", "ftp://example.org")));
    CHECK_FALSE(good(method("WEBHOOK", "example.org/hook")));
    CHECK_FALSE(good(method("WEBHOOK", "http://example.org/a\r\nX: y")));
    CHECK_FALSE(good(method("WEBHOOK", "http://example.org/a b")));
    CHECK(good(method("EMAIL", "ops@example.org")));
    CHECK(good(method("EMAIL", "a@b, c@d")));
    CHECK_FALSE(good(method("EMAIL", "ops")));
    CHECK_FALSE(good(method("EMAIL", "@b")));
    CHECK_FALSE(good(method("EMAIL", "a@b>, <c@d")));
    CHECK(good(method("PAGERDUTY", "abc123")));
    CHECK_FALSE(good(method("HIPCHAT", "http://example.org")));
}

TEST_CASE("types become upper case") {
    auto m = method("Slack", "https://hooks.slack.com/services/x");
    REQUIRE(check_method(m, {}).ok());
    CHECK(m.type == "SLACK");
}

TEST_CASE("names, addresses and periods of methods have limits") {
    auto m = method("WEBHOOK", "http://h");
    m.name = std::string(250, 'n');
    CHECK(good(m));
    m.name += 'n';
    CHECK_FALSE(good(m));
    m.name = "";
    CHECK_FALSE(good(m));
    m.name = "n";
    m.address = "http://h/" + std::string(512 - 9, 'a');
    CHECK(good(m));
    m.address += 'a';
    CHECK_FALSE(good(m));
    m.address = "http://h";
    m.period_s = 60;
    CHECK(good(m));
    m.period_s = 10;
    CHECK_FALSE(good(m));
    CHECK(check_method(m, {.periods = {"0", "10"}}).ok());
}

TEST_CASE("options of methods are known, and templates parse") {
    auto m = method("WEBHOOK", "http://h");
    m.options = {{"template", "{{ .State }} {{ .Name | toUpper }}"}};
    CHECK(good(m));
    m.options = {{"template", "{{ .State "}};
    CHECK_FALSE(good(m));
    m.options = {{"chanel", "x"}};
    CHECK_FALSE(good(m));
    m.options = {{"authorization", "Bearer x\r\nHost: y"}};
    CHECK_FALSE(good(m));
}

TEST_CASE("secrets are masked, and what comes back masked is kept") {
    auto m = method("WEBHOOK", "http://h");
    m.options = {{"authorization", "Bearer x"}, {"content_type", "text/plain"}};
    const auto shown = notify::masked_options(m);
    CHECK(shown == model::Dimensions{{"authorization", "***"}, {"content_type", "text/plain"}});
    auto changed = m;
    changed.options = {{"authorization", "***"}, {"content_type", "text/html"}};
    REQUIRE(notify::keep_masked(changed, &m).ok());
    CHECK(changed.options == model::Dimensions{{"authorization", "Bearer x"}, {"content_type", "text/html"}});
}

TEST_CASE("a secret does not follow its method to another place") {
    auto before = method("WEBHOOK", "http://h");
    before.options = {{"authorization", "Bearer x"}};
    auto changed = before;
    changed.options = {{"authorization", "***"}};
    SUBCASE("address") {
        changed.address = "http://other";
    }
    SUBCASE("type") {
        changed.type = "alertmanager";
        CHECK(notify::moved_by(changed, before) == "type");
    }
    SUBCASE("server") {
        before = method("EMAIL", "a@b");
        before.options = {{"password", "x"}, {"server", "mail:25"}};
        changed = before;
        changed.options = {{"password", "***"}, {"server", "thief:25"}};
    }
    SUBCASE("what encrypts it") {
        before = method("EMAIL", "a@b");
        before.options = {{"password", "x"}};
        changed = before;
        changed.options = {{"password", "***"}, {"security", "none"}};
    }
    SUBCASE("url") {
        before = method("TELEGRAM", "-100");
        before.options = {{"token", "1:x"}};
        changed = before;
        changed.options = {{"token", "***"}, {"url", "http://thief"}};
    }
    const auto options = changed.options;
    const Status kept = notify::keep_masked(changed, &before);
    REQUIRE_FALSE(kept.ok());
    CHECK(kept.error().code == Code::invalid);
    CHECK(kept.error().message.find("has to be entered again") != std::string::npos);
    CHECK(changed.options == options);
    for (auto& [name, value] : changed.options)
        if (value == "***") value = "entered again";
    CHECK(notify::keep_masked(changed, &before).ok());
}

TEST_CASE("a mask is no secret of a new method") {
    auto m = method("WEBHOOK", "http://h");
    m.options = {{"authorization", "***"}};
    CHECK_FALSE(notify::keep_masked(m, nullptr).ok());
    m.options = {{"authorization", "Bearer x"}, {"content_type", "***"}};
    CHECK(notify::keep_masked(m, nullptr).ok());
    CHECK(notify::secrets_of(m) == "authorization");
}
