// TEAMS: a workflow "when a Teams webhook request is received", which posts an adaptive card.
#include "base/json.h"
#include "notify/sender.h"

namespace belfry::notify {
namespace {

constexpr size_t TEXT_BYTES_MAX = 20'000;  // a card is at most 28 KB

void write_fact(JsonWriter& json, std::string_view title, std::string_view value) {
    if (!value.empty()) json.begin_object().field("title", title).field("value", value).end_object();
}

std::string card(const Telling& telling) {
    const Notice& notice = telling.notice;
    const model::Alarm& alarm = notice.events.front()->alarm;
    std::string text = own_text(telling, "template").value_or(notice.group ? plain_text(telling) : alarm.reason);
    text.resize(std::min(text.size(), TEXT_BYTES_MAX));
    const char* color = !is_firing(notice)                               ? "Good"
                        : alarm.state == model::AlarmState::undetermined ? "Warning"
                                                                         : "Attention";
    JsonWriter json;
    json.begin_object().field("type", "message").key("attachments").begin_array().begin_object();
    json.field("contentType", "application/vnd.microsoft.card.adaptive").key("contentUrl").null();
    json.key("content").begin_object();
    json.field("$schema", "http://adaptivecards.io/schemas/adaptive-card.json").field("type", "AdaptiveCard");
    json.field("version", "1.4").key("msteams").begin_object().field("width", "Full").end_object();
    json.key("body").begin_array();
    json.begin_object().field("type", "TextBlock").field("size", "Medium").field("weight", "Bolder");
    json.field("wrap", true).field("color", color);
    json.field("text", own_text(telling, "title").value_or(title_of(notice))).end_object();
    json.begin_object().field("type", "TextBlock").field("wrap", true).field("text", text).end_object();
    if (!notice.group) {
        json.begin_object().field("type", "FactSet").key("facts").begin_array();
        write_fact(json, "State", model::to_string(alarm.state));
        write_fact(json, "Severity", model::to_string(alarm.severity));
        write_fact(json, "Since", rfc3339(alarm.state_updated_ms));
        for (const auto& [name, value] : alarm.labels)
            write_fact(json, name, value);
        json.end_array().end_object();
    }
    json.end_array().key("actions").begin_array().begin_object().field("type", "Action.OpenUrl");
    json.field("title", "Open in Belfry").field("url", link_of(alarm, telling.external_url)).end_object().end_array();
    json.end_object().end_object().end_array().end_object();
    return json.take();
}

}  // namespace

Outcome tell_teams(const Telling& telling) {
    const std::string body = card(telling);
    return judge(post(
        telling, {.url = telling.method.destination.url, .target = telling.method.destination.target, .body = body}));
}

}  // namespace belfry::notify
