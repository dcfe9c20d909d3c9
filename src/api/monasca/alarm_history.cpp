#include "api/monasca/alarm_api.h"
#include "api/monasca/page.h"
#include "base/number.h"
#include "http/titled_error.h"

namespace belfry::api::monasca {
namespace {

void write_entry(JsonWriter& json, const model::AlarmEvent& event) {
    json.begin_object().field("id", std::to_string(event.at_ms)).field("alarm_id", event.alarm.id);
    json.key("metrics").begin_array();
    for (const model::AlarmMetric& metric : event.alarm.metrics) {
        json.begin_object().key("id").null().field("name", metric.name).key("dimensions").begin_object();
        for (const auto& [key, value] : metric.dimensions)
            json.field(key, value);
        json.end_object().end_object();
    }
    json.end_array();
    json.field("old_state", model::to_string(event.old_state)).field("new_state", model::to_string(event.alarm.state));
    json.field("reason", event.alarm.reason).field("reason_data", "{}").field("timestamp", iso_ms(event.at_ms));
    json.key("sub_alarms").raw(event.sub_alarms.empty() ? "[]" : event.sub_alarms).end_object();
}

/// A time in milliseconds or ISO 8601: what comes behind it. `<ms>_<number>`: what comes behind that line.
Status read_offset(std::string_view text, catalog::HistoryQuery& query) {
    if (text.empty()) return {};
    const std::vector<std::string> parts = split(text, '_');
    const auto number = parts.size() == 2 ? parse_int(parts[1]) : std::optional<int64_t>(0);
    std::optional<int64_t> ms = parse_int(parts[0]);
    if (!ms) ms = parse_iso_ms(parts[0]);
    if (!ms || !number || parts.size() > 2)
        return make_error(Code::invalid, "offset {:?} is neither milliseconds nor a time", text.substr(0, 40));
    if (parts.size() == 2)
        query.after_number = *number;
    else
        query.from_ms = std::max(query.from_ms, *ms + 1);
    return {};
}

}  // namespace

AlarmApi::Answer AlarmApi::history_page(const http::Request& request, catalog::HistoryQuery query) const {
    const size_t limit = TRY(limit_param(request));
    TRY(read_offset(request.query.get("offset").value_or(""), query));
    query.tenant = request.identity.tenant;
    query.limit = limit + 1;
    parts_.catch_up();
    std::vector<catalog::HistoryEntry> rows = TRY(parts_.store.history(query));
    std::optional<std::string> next;
    if (rows.size() > limit) {
        rows.resize(limit);
        next = fmt::format("{}_{}", rows.back().event.at_ms, rows.back().number);
    }
    JsonWriter elements;
    for (const catalog::HistoryEntry& row : rows)
        write_entry(elements, row.event);
    return list_response(request, next, elements.text());
}

AlarmApi::Answer AlarmApi::history(const http::Request& request) const {
    const DimensionFilter filter = TRY(dimension_param(request, "dimensions"));
    catalog::HistoryQuery query;
    if (const auto start = TRY(time_param(request, "start_time"))) query.from_ms = *start;
    if (const auto end = TRY(time_param(request, "end_time"))) query.to_ms = *end + 1;
    if (query.from_ms >= query.to_ms) return http::titled_error(400, "start_time must be before end_time");
    query.accept = [filter](const model::AlarmEvent& event) {
        if (event.alarm.source != model::AlarmSource::threshold) return false;
        const auto& metrics = event.alarm.metrics;
        return filter.all.empty() || std::any_of(metrics.begin(), metrics.end(),
                                                 [&](const auto& metric) { return filter.matches(metric.dimensions); });
    };
    return history_page(request, std::move(query));
}

AlarmApi::Answer AlarmApi::history_of_alarm(const http::Request& request) const {
    catalog::HistoryQuery query;
    query.alarm_id = id_param(request);
    query.accept = [](const model::AlarmEvent& event) { return event.alarm.source == model::AlarmSource::threshold; };
    // an alarm that is gone still has its history
    if (const auto found = alarm_of(request); !found) {
        catalog::HistoryQuery any = query;
        any.tenant = request.identity.tenant;
        any.limit = 1;
        if (TRY(parts_.store.history(any)).empty()) return found.error();
    }
    return history_page(request, std::move(query));
}

}  // namespace belfry::api::monasca
