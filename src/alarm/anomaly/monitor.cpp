#include "alarm/anomaly/monitor.h"

#include "catalog/document_json.h"
#include "query/promql/parser.h"

#include <cmath>

namespace belfry::alarm {
namespace {

constexpr int64_t STEP_MS_MIN = 1'000;
constexpr size_t NAME_BYTES_MAX = 200;
constexpr std::string_view MEMBERS[] = {"id",       "name",        "description", "query", "enabled",
                                        "step_ms",  "training_ms", "detector",    "tail",  "parameters",
                                        "interval", "hours",       "m",           "n",     "forecast",
                                        "labels",   "created_ms",  "updated_ms",  "status"};

Result<int64_t> whole(const JsonView& json, std::string_view name, int64_t fallback, int64_t least, int64_t most) {
    if (!json.has(name) || json.get(name).is_null()) return fallback;
    const std::optional<int64_t> value = json.get(name).as_int();
    if (!value || *value < least || *value > most)
        return make_error(Code::invalid, "{} is a number from {} to {}", name, least, most);
    return *value;
}

Result<std::optional<Monitor::Forecast>> read_forecast(const JsonView& json) {
    if (json.is_null()) return std::optional<Monitor::Forecast>();
    const std::optional<double> limit = json.get("limit").as_double();
    if (!json.is_object() || !limit || !std::isfinite(*limit))
        return make_error(Code::invalid, "forecast is {{\"limit\",\"rising\"?,\"window_ms\"?,\"method\"?}}");
    Monitor::Forecast out;
    out.limit = *limit;
    out.rising = json.bool_or("rising", true);
    out.window_ms = TRY(whole(json, "window_ms", out.window_ms, 60'000, 366 * 86'400'000LL));
    const std::string method = json.string_or("method", "linear");
    if (method != "linear" && method != "holt") return make_error(Code::invalid, "forecast.method is linear or holt");
    out.smoothed = method == "holt";
    return std::optional(out);
}

}  // namespace

Result<Monitor> read_monitor(const JsonView& json) {
    if (!json.is_object())
        return make_error(Code::invalid, "a monitor is an object with name, query, step_ms, detector, ...");
    for (const std::string& key : json.keys())
        if (std::find(std::begin(MEMBERS), std::end(MEMBERS), key) == std::end(MEMBERS))
            return make_error(Code::invalid, "a monitor has no member \"{}\"", key);
    Monitor out;
    out.name = json.string_or("name", "");
    if (out.name.size() > NAME_BYTES_MAX) return make_error(Code::invalid, "name has at most {} bytes", NAME_BYTES_MAX);
    out.description = json.string_or("description", "");
    out.query = json.string_or("query", "");
    const promql::ExprPtr expr = TRY(promql::parse(out.query).context("query"));
    if (expr->type != promql::ValueType::vector && expr->type != promql::ValueType::scalar)
        return make_error(Code::invalid, "the query gives neither a vector nor a number");
    out.enabled = json.bool_or("enabled", true);
    out.step_ms = TRY(whole(json, "step_ms", out.step_ms, STEP_MS_MIN, 86'400'000));
    const int64_t longest_ms = TRAINING_STEPS_MAX * out.step_ms;
    out.training_ms = TRY(whole(json, "training_ms", std::min(out.training_ms, longest_ms), 0, longest_ms));
    out.detector.type = json.string_or("detector", "auto");
    const std::string tail = json.string_or("tail", "two");
    const std::optional<Tail> parsed_tail = parse_tail(tail);
    if (!parsed_tail) return make_error(Code::invalid, "tail is two, right or left");
    out.detector.tail = *parsed_tail;
    out.detector.interval = json.string_or("interval", "welford");
    const JsonView parameters = json.get("parameters");
    for (const std::string& key : parameters.keys()) {
        if (parameters.get(key).is_null()) continue;
        const std::optional<double> value = parameters.get(key).as_double();
        if (!value) return make_error(Code::invalid, "parameters.{} is a number", key);
        out.detector.numbers[key] = *value;
    }
    TRY(check_detector(out.detector));
    const JsonView hours = json.get("hours");
    if (!hours.is_null()) {
        const auto from = hours.at(0).as_int();
        const auto to = hours.at(1).as_int();
        if (hours.size() != 2 || !from || !to || *from < 0 || *from > 24 || *to < 0 || *to > 24)
            return make_error(Code::invalid, "hours is [from, to], hours of the day in UTC");
        out.filter.from_hour = static_cast<int>(*from);
        out.filter.to_hour = static_cast<int>(*to);
    }
    out.filter.n = static_cast<uint32_t>(TRY(whole(json, "n", 1, 1, 1'000)));
    out.filter.m = static_cast<uint32_t>(TRY(whole(json, "m", out.filter.n, 1, out.filter.n)));
    out.forecast = TRY(read_forecast(json.get("forecast")));
    out.labels = catalog::read_pairs(json.get("labels"));
    return out;
}

Result<Monitor> read_monitor(const catalog::Document& document) {
    Monitor out = TRY(read_monitor(TRY(JsonView::parse(document.json))).context("anomaly monitor {}", document.id));
    out.id = document.id;
    out.tenant = document.tenant;
    out.name = document.name;
    out.created_ms = document.created_ms;
    out.updated_ms = document.updated_ms;
    return out;
}

void write_monitor(JsonWriter& json, const Monitor& m) {
    json.field("description", m.description).field("query", m.query).field("enabled", m.enabled);
    json.field("step_ms", m.step_ms).field("training_ms", m.training_ms).field("detector", m.detector.type);
    json.key("parameters").begin_object();
    for (const auto& [name, value] : m.detector.numbers)
        json.field(name, value);
    json.end_object().field("interval", m.detector.interval).field("tail", to_string(m.detector.tail)).key("hours");
    if (m.filter.from_hour == m.filter.to_hour)
        json.null();
    else
        json.begin_array().integer(m.filter.from_hour).integer(m.filter.to_hour).end_array();
    json.field("m", m.filter.m).field("n", m.filter.n).key("forecast");
    if (m.forecast) {
        json.begin_object().field("limit", m.forecast->limit).field("rising", m.forecast->rising);
        json.field("window_ms", m.forecast->window_ms)
            .field("method", m.forecast->smoothed ? "holt" : "linear")
            .end_object();
    } else {
        json.null();
    }
    catalog::write_pairs(json, "labels", m.labels);
}

catalog::Document to_document(const Monitor& monitor) {
    JsonWriter json;
    json.begin_object();
    write_monitor(json, monitor);
    json.end_object();
    return {.kind = std::string(catalog::ANOMALY_MONITOR),
            .id = monitor.id,
            .tenant = monitor.tenant,
            .name = monitor.name,
            .json = json.take(),
            .created_ms = monitor.created_ms,
            .updated_ms = monitor.updated_ms,
            .updated_by = {}};
}

}  // namespace belfry::alarm
