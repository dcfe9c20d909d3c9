#include "notify/sender.h"

#include "base/ascii.h"
#include "base/json.h"
#include "base/log.h"
#include "base/utf8.h"
#include "notify/stats.h"
#include "notify/text.h"

namespace belfry::notify {
namespace {

constexpr size_t ANSWER_SHOWN_BYTES = 200;
LogLimiter template_log;

using Tell = Outcome (*)(const Telling&);
constexpr std::array<std::pair<std::string_view, Tell>, 8> SENDERS = {{{"WEBHOOK", tell_webhook},
                                                                       {"EMAIL", tell_email},
                                                                       {"PAGERDUTY", tell_pagerduty},
                                                                       {"SLACK", tell_slack},
                                                                       {"JIRA", tell_jira},
                                                                       {"TEAMS", tell_teams},
                                                                       {"TELEGRAM", tell_telegram},
                                                                       {"ALERTMANAGER", tell_alertmanager}}};

std::string shown(std::string_view text) {
    std::string out(text.substr(0, utf8_prefix(text.substr(0, ANSWER_SHOWN_BYTES))));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return out;
}

}  // namespace

Outcome tell(const Telling& telling) {
    for (const auto& [type, sender] : SENDERS)
        if (type == telling.method.method.type) return sender(telling);
    return {.ok = false, .code = 0, .detail = "there is no sender of type " + telling.method.method.type};
}

Result<http::FetchResponse> post(const Telling& telling, const Post& what) {
    http::FetchRequest request{.method = std::string(what.method),
                               .target = std::string(what.target),
                               .headers = {{"Content-Type", std::string(what.content_type)},
                                           {"User-Agent", "Belfry"},
                                           {"Idempotency-Key", telling.notice.key},
                                           {"X-Belfry-Delivery", telling.notice.key}},
                               .body = what.body,
                               .timeout_ms = telling.config.timeout_ms,
                               .connect_timeout_ms = telling.config.timeout_ms,
                               .body_bytes_max = telling.config.answer_bytes_max,
                               .may_grow = {},
                               .receive = {}};
    const std::string& of_address = telling.method.destination.authorization;
    if (!what.authorization.empty())
        request.headers.emplace_back("Authorization", std::string(what.authorization));
    else if (!of_address.empty())
        request.headers.emplace_back("Authorization", of_address);
    for (const auto& header : what.headers)
        request.headers.push_back(header);
    return telling.line.fetch(what.url, request);
}

Outcome judge(const Result<http::FetchResponse>& answer) {
    if (!answer.ok()) return {.ok = false, .code = 0, .detail = answer.error().message};
    Outcome out{.ok = answer->status / 100 == 2, .code = answer->status, .detail = {}};
    if (out.ok) return out;
    if (answer->status / 100 == 3)
        out.detail = fmt::format("redirects are not followed; it points to {}", shown(answer->header("location")));
    else
        out.detail = fmt::format("HTTP {}: {}", answer->status, shown(answer->body));
    return out;
}

std::optional<std::string> own_text(const Telling& telling, std::string_view option) {
    const auto found = telling.method.texts.find(option);
    if (found == telling.method.texts.end()) return std::nullopt;
    auto text = expand_text(*found->second, telling.notice,
                            {.receiver = telling.method.method.name, .external_url = telling.external_url});
    if (text.ok()) return *std::move(text);
    template_failures.add();
    if (uint64_t held = 0; template_log.allow(&held))
        log_warn("notify", "a template failed, the usual text is sent",
                 {{"method", telling.method.method.name}, {"option", option}, {"error", text.error().message}});
    return std::nullopt;
}

std::string title_of(const Notice& notice) {
    const model::Alarm& alarm = notice.events.front()->alarm;
    if (!notice.group) {
        return fmt::format("[{}] {} {}", model::to_string(alarm.state), model::to_string(alarm.severity), alarm.name);
    }
    const auto firing = std::count_if(notice.events.begin(), notice.events.end(),
                                      [](const EventPtr& e) { return is_firing(e->alarm); });
    std::string labels;
    for (const auto& [name, value] : notice.group->labels)
        labels += fmt::format("{}{}={}", labels.empty() ? "" : " ", name, value);
    return fmt::format("[{}:{}] {}", firing > 0 ? "FIRING" : "RESOLVED",
                       firing > 0 ? firing : static_cast<std::ptrdiff_t>(notice.events.size()),
                       labels.empty() ? alarm.name : labels);
}

std::string plain_text(const Telling& telling) {
    constexpr size_t LISTED_MAX = 50;
    std::string out;
    size_t listed = 0;
    for (const EventPtr& event : telling.notice.events) {
        if (++listed > LISTED_MAX) {
            out += fmt::format("... and {} more\n", telling.notice.events.size() - LISTED_MAX);
            break;
        }
        const model::Alarm& alarm = event->alarm;
        out += fmt::format("{} {} {}", model::to_string(alarm.state), model::to_string(alarm.severity), alarm.name);
        for (const auto& [name, value] : alarm.labels)
            if (name != "alarmname") out += fmt::format(" {}={}", name, value);
        out += fmt::format("\n{}\nsince {}\n{}\n", alarm.reason, rfc3339(alarm.state_updated_ms),
                           link_of(alarm, telling.external_url));
        for (const auto& [name, value] : alarm.annotations)
            if (!name.starts_with("__")) out += fmt::format("{}: {}\n", name, value);
        out += '\n';
    }
    while (out.ends_with('\n'))
        out.pop_back();
    return out;
}

}  // namespace belfry::notify
