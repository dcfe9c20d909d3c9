// How states were over time: a strip an alarm, and the watch, which is the worst of all.
#include "api/belfry/alarm_json.h"
#include "api/belfry/alarm_routes.h"

namespace belfry::api {
namespace {

constexpr size_t IDS_MAX = 1'000;
constexpr size_t SEGMENTS_MAX =
    2'000;  // of one strip: more than a screen has columns; older ones are cut, and said to be
constexpr int64_t SPAN_MS_DEFAULT = 86'400'000;

using model::Alarm;
using model::AlarmState;

struct Span {
    int64_t from_ms = 0;
    int64_t to_ms = 0;
};

/// From the newest to the oldest: each transition says what was before it. False: older ones were cut.
Result<bool> write_strip(JsonWriter& json, const AlarmApiParts& parts, const Alarm& alarm, Span span) {
    struct Segment {
        int64_t from_ms, to_ms;
        AlarmState state;
        std::string reason;
    };
    std::vector<Segment> segments;
    const int64_t begin_ms = std::max(span.from_ms, alarm.created_ms);
    // one transition before the span names the reason of what it begins with
    const auto before = TRY(parts.store.history(
        {.tenant = alarm.tenant, .alarm_id = alarm.id, .to_ms = begin_ms, .newest_first = true, .limit = 1}));
    const auto entries = TRY(parts.store.history({.tenant = alarm.tenant,
                                                  .alarm_id = alarm.id,
                                                  .from_ms = begin_ms,
                                                  .to_ms = span.to_ms,
                                                  .newest_first = true,
                                                  .limit = SEGMENTS_MAX}));
    const bool cut = entries.size() == SEGMENTS_MAX;
    int64_t end_ms = span.to_ms;
    for (const catalog::HistoryEntry& entry : entries) {
        const int64_t at_ms = std::min(entry.event.at_ms, end_ms);
        if (at_ms < end_ms) segments.push_back({at_ms, end_ms, entry.event.alarm.state, entry.event.alarm.reason});
        end_ms = at_ms;
    }
    if (!cut && begin_ms < end_ms) {
        if (!before.empty()) {
            const Alarm& then = before.front().event.alarm;
            segments.push_back({begin_ms, end_ms, then.state, then.reason});
        } else if (!entries.empty()) {
            segments.push_back({begin_ms, end_ms, entries.back().event.old_state, ""});
        } else {
            segments.push_back({begin_ms, end_ms, alarm.state, alarm.reason});
        }
    }
    json.begin_array();
    for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment)
        write_segment(json, segment->from_ms, segment->to_ms, segment->state, segment->reason);
    json.end_array();
    return !cut;
}

Status write_watch(JsonWriter& json, const AlarmApiParts& parts, const std::string& tenant, Span span) {
    const auto entries = TRY(parts.store.watch(tenant, span.from_ms, span.to_ms, SEGMENTS_MAX));
    json.begin_array();
    for (size_t i = 0; i < entries.size(); ++i) {
        const int64_t from_ms = std::max(entries[i].at_ms, span.from_ms);
        const int64_t to_ms = i + 1 < entries.size() ? entries[i + 1].at_ms : span.to_ms;
        if (entries[i].state && from_ms < to_ms)
            write_segment(json, from_ms, to_ms, *entries[i].state, entries[i].reason);
    }
    json.end_array();
    return {};
}

Result<http::Response> strips(const AlarmApiParts& parts, const http::Request& request) {
    const int64_t now_ms = parts.clock.now_ms();
    Span span;
    span.to_ms = std::min(now_ms, TRY(number_param(request, "to", now_ms)));
    span.from_ms = TRY(number_param(request, "from", std::max<int64_t>(0, span.to_ms - SPAN_MS_DEFAULT)));
    if (span.from_ms >= span.to_ms)
        return make_error(Code::invalid, "from is milliseconds since 1970, before to and now");
    std::vector<std::string> ids;
    const std::string text = request.query.get("ids").value_or("");
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find(',', at), text.size());
        if (end > at) ids.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    if (ids.size() > IDS_MAX) return make_error(Code::invalid, "ids names {} alarms, at most {}", ids.size(), IDS_MAX);
    std::vector<std::string> cut;
    JsonWriter json;
    json.begin_object().field("from_ms", span.from_ms).field("to_ms", span.to_ms).key("watch");
    TRY(write_watch(json, parts, request.identity.tenant, span));
    json.key("strips").begin_object();
    for (const std::string& id : ids) {
        const alarm::AlarmPtr alarm = parts.store.find(request.identity.tenant, id);
        if (!alarm) continue;  // deleted since the list was read
        json.key(id);
        if (!TRY(write_strip(json, parts, *alarm, span))) cut.push_back(id);
    }
    json.end_object().key("cut").begin_array();
    for (const std::string& id : cut)
        json.string(id);
    json.end_array().end_object();
    return http::json_response(json.take());
}

}  // namespace

void add_alarm_strip_routes(http::Router& router, const AlarmApiParts& parts) {
    router.add("GET", "/api/v1/belfry/alarms/strips", http::Access::read, [parts](const http::Request& request) {
        auto response = strips(parts, request);
        return response.ok() ? std::move(*response) : http::error_response(response.error());
    });
}

}  // namespace belfry::api
