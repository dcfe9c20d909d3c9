// TELEGRAM: sendMessage of a bot, plain text.
#include "base/json.h"
#include "base/utf8.h"
#include "notify/sender.h"

namespace belfry::notify {
namespace {

constexpr size_t TEXT_BYTES_MAX = 4'000;  // of 4096 characters that the API takes

}  // namespace

Outcome tell_telegram(const Telling& telling) {
    const Method& method = telling.method;
    std::string text = own_text(telling, "template").value_or(title_of(telling.notice) + "\n" + plain_text(telling));
    if (text.size() > TEXT_BYTES_MAX) text.resize(utf8_prefix(std::string_view(text).substr(0, TEXT_BYTES_MAX)));
    JsonWriter json;
    json.begin_object().field("chat_id", method.method.address).field("text", text);
    json.field("disable_web_page_preview", true).end_object();
    std::string target = method.destination.target;
    while (target.ends_with('/'))
        target.pop_back();
    std::string token;  // its ':' stands there as it is
    for (const char c : method.option("token"))
        if (std::isalnum(static_cast<unsigned char>(c)) || c == ':' || c == '_' || c == '-') token += c;
    target += "/bot" + token;
    target += "/sendMessage";
    const auto answer = post(telling, {.url = method.destination.url, .target = target, .body = json.text()});
    Outcome out = judge(answer);
    const auto said = answer.ok() ? JsonView::parse(answer->body) : Result<JsonView>(JsonView());
    if (said.ok() && said->get("ok").as_bool() == false) {
        out.ok = false;
        out.detail = "Telegram: " + said->string_or("description", "not ok");
    }
    return out;
}

}  // namespace belfry::notify
