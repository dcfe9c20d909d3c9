// SLACK: an incoming webhook, or chat.postMessage with a token and a channel.
#include "base/json.h"
#include "notify/sender.h"

namespace belfry::notify {
namespace {

/// Monasca's JSON, a member a line, as its users know it from their channels.
std::string indented(std::string_view json) {
    std::string out;
    int depth = 0;
    bool text = false;
    const auto line = [&] { out.append("\n").append(static_cast<size_t>(depth) * 2, ' '); };
    for (size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (text) {
            out += c;
            if (c == '\\' && i + 1 < json.size()) out += json[++i];
            text = c != '"';
            continue;
        }
        const bool empty = (c == '{' || c == '[') && i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']');
        if (empty) {
            out.append(json.substr(i++, 2));
        } else if (c == '{' || c == '[') {
            out += c;
            ++depth;
            line();
        } else if (c == '}' || c == ']') {
            --depth;
            line();
            out += c;
        } else {
            out += c;
            if (c == ',') line();
            if (c == ':') out += ' ';
            text = c == '"';
        }
    }
    return out;
}

}  // namespace

Outcome tell_slack(const Telling& telling) {
    const Method& method = telling.method;
    std::optional<std::string> text = own_text(telling, "template");
    if (!text)
        text = telling.notice.group ? "*" + title_of(telling.notice) + "*\n" + plain_text(telling)
                                    : indented(monasca_json(*telling.notice.events.front()));
    JsonWriter json;
    json.begin_object();
    if (const auto channel = method.option("channel"); !channel.empty()) json.field("channel", channel);
    json.field("text", *text).end_object();
    const std::string_view token = method.option("token");
    const auto answer =
        post(telling, {.url = method.destination.url,
                       .target = method.destination.target,
                       .body = json.text(),
                       .content_type = "application/json; charset=utf-8",
                       .authorization = token.empty() ? std::string() : "Bearer " + std::string(token)});
    Outcome out = judge(answer);
    if (!out.ok || answer->body.empty() || answer->body.front() != '{') return out;
    const auto said = JsonView::parse(answer->body);  // chat.postMessage says 200 to everything
    if (said.ok() && said->get("ok").as_bool() == false) {
        out.ok = false;
        out.detail = "Slack: " + said->string_or("error", "not ok");
    }
    return out;
}

}  // namespace belfry::notify
