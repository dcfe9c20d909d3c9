// One alarm: why it is in its state, what was before, who was told.
#include "api/belfry/alarm_json.h"
#include "api/belfry/alarm_routes.h"
#include "api/belfry/alarm_words.h"
#include "codec/alarm_record.h"

namespace belfry::api {
namespace {

constexpr size_t METRICS_MAX = 1'000;  // listed of one alarm; metrics_total says how many there are
constexpr size_t NOTIFIED_MAX = 50;
constexpr size_t NOTIFIED_HISTORY_MAX = 5'000;
constexpr int64_t HISTORY_DEFAULT = 100;
constexpr int64_t HISTORY_MAX = 1'000;

using model::Alarm;

void write_notified(JsonWriter& json, const NotifiedFacts& n) {
    json.begin_object().field("method", n.method).field("type", n.type).field("at_ms", n.at_ms);
    json.field("status", n.status).field("detail", n.detail).end_object();
}

std::vector<NotifiedFacts> notified(const AlarmApiParts& parts, const Alarm& alarm, size_t limit) {
    if (!parts.notified) return {};
    return parts.notified({.tenant = alarm.tenant, .alarm_id = alarm.id, .limit = limit});
}

/// As the engine has them, else as they were at the last transition.
Result<std::string> sub_alarms(const AlarmApiParts& parts, const Alarm& alarm) {
    if (parts.sub_alarms_now)
        if (std::string now = parts.sub_alarms_now(alarm); !now.empty()) return now;
    const auto last =
        TRY(parts.store.history({.tenant = alarm.tenant, .alarm_id = alarm.id, .newest_first = true, .limit = 1}));
    return last.empty() ? std::string("[]") : last.front().event.sub_alarms;
}

Result<http::Response> detail(const AlarmApiParts& parts, const http::Request& request) {
    const std::string& tenant = request.identity.tenant;
    const alarm::AlarmPtr alarm = TRY(parts.desk.find(tenant, path_id(request)));
    const int64_t now_ms = parts.clock.now_ms();
    const SilencesNow silences(parts.catalog, tenant, now_ms);
    const std::optional<double> value = parts.value_now ? parts.value_now(*alarm) : std::nullopt;
    StateCounts siblings{};
    for (const alarm::AlarmPtr& other : parts.store.alarms(tenant)) {
        const bool same =
            alarm->definition_id.empty() ? other->id == alarm->id : other->definition_id == alarm->definition_id;
        if (same) ++siblings[static_cast<size_t>(other->state)];
    }
    std::optional<AlarmChart> chart;
    JsonWriter json;
    json.begin_object().key("alarm");
    write_alarm_view(json, {.alarm = *alarm, .silences = silences, .now_ms = now_ms, .value = value});
    json.key("definition");
    if (const auto definition = parts.definitions.find(tenant, alarm->definition_id); definition.ok()) {
        const auto parsed = parts.definitions.parse((*definition)->language, (*definition)->expression);
        write_definition(json, **definition, siblings, parsed.ok() ? &*parsed : nullptr);
        if (parsed.ok()) chart = chart_of(*alarm, **definition, *parsed);
    } else {
        json.null();
    }
    json.key("metrics").begin_array();
    for (size_t i = 0; i < std::min(METRICS_MAX, alarm->metrics.size()); ++i) {
        json.begin_object().field("name", alarm->metrics[i].name).key("dimensions");
        codec::write_dimensions(json, alarm->metrics[i].dimensions);
        json.end_object();
    }
    json.end_array().field("metrics_total", alarm->metrics.size());
    json.key("sub_alarms").raw(TRY(sub_alarms(parts, *alarm))).key("chart");
    if (chart) {
        json.begin_object().field("query", chart->query).field("threshold", chart->threshold).field("op", chart->op);
        json.end_object();
    } else {
        json.null();
    }
    json.field("words", words_of(*alarm, chart, value, now_ms)).key("siblings").begin_object();
    json.field("total", siblings[0] + siblings[1] + siblings[2]);
    json.field("ringing", siblings[static_cast<size_t>(model::AlarmState::alarm)]).end_object();
    json.key("notified").begin_array();
    for (const NotifiedFacts& n : notified(parts, *alarm, NOTIFIED_MAX))
        write_notified(json, n);
    json.end_array().end_object();
    return http::json_response(json.take());
}

Result<http::Response> history(const AlarmApiParts& parts, const http::Request& request) {
    const std::string& tenant = request.identity.tenant;
    const int64_t limit = TRY(number_param(request, "limit", HISTORY_DEFAULT));
    const int64_t before = TRY(number_param(request, "before", 0));
    if (limit > HISTORY_MAX) return make_error(Code::invalid, "limit is at most {}; go on with before", HISTORY_MAX);
    const std::string id = path_id(request);
    const auto entries = TRY(parts.store.history({.tenant = tenant,
                                                  .alarm_id = id,
                                                  .after_number = before,
                                                  .newest_first = true,
                                                  .transitions_only = false,
                                                  .limit = static_cast<size_t>(limit)}));
    // what happened to an alarm is kept longer than the alarm
    const alarm::AlarmPtr alarm = parts.store.find(tenant, id);
    if (entries.empty() && !alarm) return make_error(Code::not_found, "there is no alarm {}", id);
    std::map<std::string, std::vector<NotifiedFacts>, std::less<>> told;
    if (!entries.empty())
        for (NotifiedFacts& n : notified(parts, entries.front().event.alarm, NOTIFIED_HISTORY_MAX))
            told[n.transition_id].push_back(std::move(n));
    JsonWriter json;
    json.begin_object().key("entries").begin_array();
    for (const catalog::HistoryEntry& entry : entries) {
        const model::AlarmEvent& e = entry.event;
        const bool transition = e.kind == model::AlarmEvent::Kind::transition;
        json.begin_object()
            .field("number", entry.number)
            .field("at_ms", e.at_ms)
            .field("kind", to_string(e.kind))
            .key("old");
        if (transition)
            json.string(to_string(e.old_state));
        else
            json.null();
        json.key("new");
        if (transition)
            json.string(to_string(e.alarm.state));
        else
            json.null();
        json.field("reason", transition || !e.alarm.acknowledged ? e.alarm.reason : e.alarm.acknowledged->reason);
        json.field("by", e.by).key("value");
        if (transition && e.alarm.value)
            json.number(*e.alarm.value);
        else
            json.null();
        json.key("notified").begin_array();
        if (const auto found = told.find(e.id); found != told.end())
            for (const NotifiedFacts& n : found->second)
                write_notified(json, n);
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

}  // namespace

void add_alarm_detail_routes(http::Router& router, const AlarmApiParts& parts) {
    const auto add = [&](const std::string& pattern, auto answer) {
        router.add("GET", pattern, http::Access::read, [parts, answer](const http::Request& request) {
            auto response = answer(parts, request);
            return response.ok() ? std::move(*response) : http::error_response(response.error());
        });
    };
    add("/api/v1/belfry/alarms/:id", detail);
    add("/api/v1/belfry/alarms/:id/history", history);
}

}  // namespace belfry::api
