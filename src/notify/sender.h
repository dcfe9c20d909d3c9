#pragma once

#include "notify/line.h"
#include "notify/method.h"
#include "notify/notice.h"
#include "notify/notify_config.h"

#include <string>
#include <string_view>

namespace belfry::notify {

/// What became of one attempt.
struct Outcome {
    bool ok = false;
    int code = 0;        // HTTP's status; 0 without
    std::string detail;  // for people
};

/// What a sender works with.
struct Telling {
    Line& line;
    const Method& method;
    const Notice& notice;
    const NotifyConfig& config;
    std::string_view external_url;
};

/// Tells it, by the method's type.
[[nodiscard]] Outcome tell(const Telling& telling);

// One file each.
[[nodiscard]] Outcome tell_webhook(const Telling& telling);
[[nodiscard]] Outcome tell_email(const Telling& telling);
[[nodiscard]] Outcome tell_pagerduty(const Telling& telling);
[[nodiscard]] Outcome tell_slack(const Telling& telling);
[[nodiscard]] Outcome tell_jira(const Telling& telling);
[[nodiscard]] Outcome tell_teams(const Telling& telling);
[[nodiscard]] Outcome tell_telegram(const Telling& telling);
[[nodiscard]] Outcome tell_alertmanager(const Telling& telling);

// What senders share.

struct Post {
    const http::Url& url;
    std::string_view target;
    std::string_view body;
    std::string_view content_type = "application/json";
    std::string_view authorization = {};  // "" for none
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string_view method = "POST";
};
/// With Idempotency-Key and X-Belfry-Delivery; bounded in time and bytes.
[[nodiscard]] Result<http::FetchResponse> post(const Telling& telling, const Post& what);
/// 2xx is success; of a redirect the detail names the Location, of other failures the beginning of the answer.
[[nodiscard]] Outcome judge(const Result<http::FetchResponse>& answer);
/// The text of the option's template; nothing when there is none, or when it fails (counted and logged).
[[nodiscard]] std::optional<std::string> own_text(const Telling& telling, std::string_view option);
/// Monasca's JSON of an alarm's transition.
[[nodiscard]] std::string monasca_json(const model::AlarmEvent& event);
/// Alertmanager's webhook, version 4, of a group.
[[nodiscard]] std::string group_json(const Telling& telling);
/// `[ALARM] HIGH cpu high (web-1)`, of a group `[FIRING:3] ...`.
[[nodiscard]] std::string title_of(const Notice& notice);
/// Some lines: what, why, since when, where to look.
[[nodiscard]] std::string plain_text(const Telling& telling);

}  // namespace belfry::notify
