#include "notify/method_types.h"

namespace belfry::notify {
namespace {

constexpr MethodOption TEMPLATE = {
    .name = "template", .hint = "The text, in the language of Go's templates; empty: Belfry's own", .multiline = true};
constexpr MethodOption SEND_RESOLVED = {.name = "send_resolved",
                                        .hint = "false: groups of routes are not told when they are over"};

}  // namespace

const std::vector<MethodType>& method_types() {
    static const std::vector<MethodType> TYPES = {
        {.type = "WEBHOOK",
         .address_hint = "https://host/path",
         .options = {TEMPLATE,
                     {.name = "content_type", .hint = "of the body; application/json"},
                     {.name = "authorization", .hint = "the header Authorization, like: Bearer abc", .secret = true},
                     {.name = "auth_token", .hint = "the header X-Auth-Token", .secret = true},
                     SEND_RESOLVED}},
        {.type = "EMAIL",
         .address_hint = "ops@example.org, several with commas",
         .options = {{.name = "subject", .hint = "a template; empty: state, severity, name and host"},
                     TEMPLATE,
                     {.name = "from", .hint = "the sender; empty: notify.smtp_from"},
                     {.name = "server", .hint = "host:port; empty: notify.smtp_server"},
                     {.name = "security", .hint = "starttls, tls or none; empty: notify.smtp_security"},
                     {.name = "user", .hint = "for the server; empty: notify.smtp_user"},
                     {.name = "password", .hint = "for the server", .secret = true},
                     SEND_RESOLVED}},
        {.type = "PAGERDUTY",
         .address_hint = "the integration key of a service (Events API v2)",
         .options = {{.name = "url", .hint = "https://events.pagerduty.com/v2/enqueue"},
                     {.name = "summary", .hint = "a template of the summary"},
                     SEND_RESOLVED}},
        {.type = "SLACK",
         .address_hint = "https://hooks.slack.com/services/... or https://slack.com/api/chat.postMessage",
         .options = {{.name = "channel", .hint = "of chat.postMessage, like #ops"},
                     {.name = "token", .hint = "of chat.postMessage, like xoxb-...", .secret = true},
                     TEMPLATE,
                     SEND_RESOLVED}},
        {.type = "JIRA",
         .address_hint = "https://host/?project=OPS&component=Alarms",
         .options = {{.name = "user", .hint = "a name or an e-mail address; empty: the password is a bearer token"},
                     {.name = "password", .hint = "of the user, or an API token", .secret = true},
                     {.name = "issue_type", .hint = "of new issues; Bug"},
                     {.name = "reopen", .hint = "the transition that opens an issue again; reopen"},
                     {.name = "summary", .hint = "a template; the alarm's id must be in it"},
                     {.name = "template", .hint = "a template of the comments", .multiline = true},
                     SEND_RESOLVED}},
        {.type = "TEAMS",
         .address_hint = "https://... of a workflow that posts to a channel when a webhook request is received",
         .options = {{.name = "title", .hint = "a template of the card's title"}, TEMPLATE, SEND_RESOLVED}},
        {.type = "TELEGRAM",
         .address_hint = "the chat: a number, or @channel",
         .options = {{.name = "token", .hint = "of the bot, like 123456:ABC", .secret = true},
                     {.name = "url", .hint = "https://api.telegram.org"},
                     TEMPLATE,
                     SEND_RESOLVED}},
        {.type = "ALERTMANAGER",
         .address_hint = "http://host:9093",
         .options = {{.name = "authorization", .hint = "the header Authorization", .secret = true}, SEND_RESOLVED}},
    };
    return TYPES;
}

const MethodType* find_method_type(std::string_view type) {
    for (const MethodType& t : method_types())
        if (t.type == type) return &t;
    return nullptr;
}

const MethodOption* find_option(const MethodType& type, std::string_view name) {
    for (const MethodOption& option : type.options)
        if (option.name == name) return &option;
    return nullptr;
}

}  // namespace belfry::notify
