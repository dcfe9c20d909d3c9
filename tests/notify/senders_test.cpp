// What Teams, Telegram and another Alertmanager get.
#include "notify/notify_fixture.h"

#include "base/json.h"

using namespace belfry;
using tests::NotifyFixture;

TEST_CASE("Teams gets a message with one adaptive card") {
    NotifyFixture f;
    f.method("teams", "TEAMS", 0, {}, "https://flow.example/hook?sig=1");
    f.definition({"teams"});
    f.ring();
    f.engine->step();
    REQUIRE(f.network.seen.size() == 1);
    CHECK(f.network.seen[0].target == "/hook?sig=1");
    const auto body = JsonView::parse(f.network.seen[0].body);
    REQUIRE(body.ok());
    CHECK(body->string_or("type", "") == "message");
    REQUIRE(body->get("attachments").size() == 1);
    const JsonView attachment = body->get("attachments").at(0);
    CHECK(attachment.string_or("contentType", "") == "application/vnd.microsoft.card.adaptive");
    const JsonView card = attachment.get("content");
    CHECK(card.string_or("type", "") == "AdaptiveCard");
    CHECK(card.string_or("version", "") == "1.4");
    CHECK(card.get("body").at(0).string_or("text", "") == "[ALARM] HIGH cpu high");
    CHECK(card.get("body").at(0).string_or("color", "") == "Attention");
    CHECK(card.get("body").at(1).string_or("text", "") == "Thresholds were exceeded");
    CHECK(card.get("body").at(2).string_or("type", "") == "FactSet");
    CHECK(card.get("body").at(2).get("facts").at(0).string_or("value", "") == "ALARM");
    CHECK(card.get("actions").at(0).string_or("type", "") == "Action.OpenUrl");
    CHECK(card.get("actions").at(0).string_or("url", "").starts_with("http://belfry/"));
}

TEST_CASE("Telegram gets sendMessage of the bot, and its ok:false is a failure") {
    NotifyFixture f;
    f.method("tg", "TELEGRAM", 0, {{"token", "123:AB-c_/../x"}}, "-100200");
    f.definition({"tg"});
    f.network.answers.push_back(
        {.status = 200, .headers = {}, .body = R"({"ok":false,"description":"chat not found"})"});
    f.ring();
    f.engine->step();
    REQUIRE(f.network.seen.size() == 1);
    CHECK(f.network.seen[0].url == "https://api.telegram.org");
    CHECK(f.network.seen[0].target == "/bot123:AB-c_x/sendMessage");
    const auto body = JsonView::parse(f.network.seen[0].body);
    REQUIRE(body.ok());
    CHECK(body->string_or("chat_id", "") == "-100200");
    CHECK(body->string_or("text", "").starts_with("[ALARM] HIGH cpu high\n"));
    CHECK(body->get("disable_web_page_preview").as_bool() == true);
    const auto rows = f.rows("pending");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].detail == "Telegram: chat not found");
}

TEST_CASE("another Alertmanager gets alerts that it knows again when they are over") {
    NotifyFixture f;
    f.method("am", "ALERTMANAGER", 0, {{"authorization", "Bearer x"}}, "http://am:9093/prefix/");
    f.definition({"am"}, {"am"});
    f.ring();
    f.clock.advance_ms(1'000);
    f.calm();
    f.engine->step();
    REQUIRE(f.network.seen.size() == 2);
    CHECK(f.network.seen[0].target == "/prefix/api/v2/alerts");
    CHECK(std::find(f.network.seen[0].headers.begin(), f.network.seen[0].headers.end(),
                    std::pair<std::string, std::string>("Authorization", "Bearer x")) !=
          f.network.seen[0].headers.end());
    const auto firing = JsonView::parse(f.network.seen[0].body), over = JsonView::parse(f.network.seen[1].body);
    REQUIRE(firing.ok());
    REQUIRE(over.ok());
    REQUIRE(firing->size() == 1);
    const JsonView alert = firing->at(0);
    CHECK(alert.get("labels").dump() == over->at(0).get("labels").dump());
    CHECK(alert.get("labels").string_or("alertname", "") == "cpu high");
    CHECK_FALSE(alert.get("labels").has("state"));
    CHECK(alert.get("annotations").string_or("summary", "") == "cpu high");
    CHECK(alert.string_or("startsAt", "") == "2026-01-01T00:00:00.000Z");
    CHECK(alert.string_or("endsAt", "") == "2026-01-08T00:00:00.000Z");
    CHECK(alert.string_or("generatorURL", "").starts_with("http://belfry/"));
    CHECK(over->at(0).string_or("endsAt", "") == "2026-01-01T00:00:01.000Z");
}
