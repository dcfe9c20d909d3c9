// The server about itself, in Prometheus' shapes. Belfry scrapes nothing and has no rules of that kind: those lists are
// empty.
#include "api/prometheus/prometheus_api.h"
#include "api/prometheus/render.h"
#include "base/json.h"
#include "base/number.h"

namespace belfry::api {
namespace {

// Clients switch features on by this: the version of Prometheus whose language and API are served.
constexpr std::string_view COMPATIBLE_VERSION = "3.5.0";

constexpr int64_t TSDB_LIMIT_DEFAULT = 10;
constexpr int64_t TSDB_LIMIT_MAX = 10'000;

std::string rfc3339(int64_t time_ms) {
    const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(time_ms)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

void write_counts(JsonWriter& json, std::string_view name, const std::vector<NamedCount>& counts) {
    json.key(name).begin_array();
    for (const auto& row : counts)
        json.begin_object().field("name", row.name).field("value", row.count).end_object();
    json.end_array();
}

}  // namespace

PrometheusApi::Answer PrometheusApi::build_info(const http::Request&) const {
    JsonWriter json;
    json.begin_object()
        .field("version", COMPATIBLE_VERSION)
        .field("revision", "belfry " + options_.version)
        .field("branch", "");
    json.field("buildUser", "").field("buildDate", "").field("goVersion", "").end_object();
    return success(json.text());
}

PrometheusApi::Answer PrometheusApi::runtime_info(const http::Request&) const {
    const std::string start = rfc3339(options_.start_ms);
    JsonWriter json;
    json.begin_object().field("startTime", start).field("CWD", "").field("hostname", "");
    json.field("serverTime", rfc3339(clock_.now_ms()))
        .field("reloadConfigSuccess", true)
        .field("lastConfigTime", start);
    json.field("corruptionCount", 0)
        .field("goroutineCount", 0)
        .field("GOMAXPROCS", std::thread::hardware_concurrency());
    json.field("GOMEMLIMIT", 0)
        .field("GOGC", "")
        .field("GODEBUG", "")
        .field("storageRetention", options_.retention)
        .end_object();
    return success(json.text());
}

PrometheusApi::Answer PrometheusApi::flags(const http::Request&) const {
    JsonWriter json;
    json.begin_object();
    for (const auto& [name, value] : options_.flags)
        json.field(name, value);
    json.end_object();
    return success(json.text());
}

PrometheusApi::Answer PrometheusApi::tsdb_status(const http::Request& request) const {
    int64_t limit = TSDB_LIMIT_DEFAULT;
    if (const std::string text = request.param("limit").value_or(""); !text.empty()) {
        const auto value = parse_int(text);
        if (!value || *value < 1) return make_error(Code::invalid, "limit must be a positive number");
        if (*value > TSDB_LIMIT_MAX) return make_error(Code::invalid, "limit must not exceed {}", TSDB_LIMIT_MAX);
        limit = *value;
    }
    const TsdbStatus status = admin_.tsdb_status(request.identity.tenant, static_cast<size_t>(limit));
    JsonWriter json;
    json.begin_object().key("headStats").begin_object();
    json.field("numSeries", status.series)
        .field("numLabelPairs", status.label_pairs)
        .field("chunkCount", status.chunks);
    json.field("minTime", status.min_time_ms).field("maxTime", status.max_time_ms).end_object();
    write_counts(json, "seriesCountByMetricName", status.series_by_metric);
    write_counts(json, "labelValueCountByLabelName", status.values_by_label);
    write_counts(json, "memoryInBytesByLabelName", status.bytes_by_label);
    write_counts(json, "seriesCountByLabelValuePair", status.series_by_pair);
    json.end_object();
    return success(json.text());
}

PrometheusApi::Answer PrometheusApi::replay_status(const http::Request&) const {
    const std::string_view state = admin_.ready() ? "done" : "in progress";
    return success(fmt::format(R"({{"min":0,"max":0,"current":0,"state":"{}"}})", state));
}

PrometheusApi::Answer PrometheusApi::alertmanagers(const http::Request&) const {
    return success(R"({"activeAlertmanagers":[],"droppedAlertmanagers":[]})");
}

PrometheusApi::Answer PrometheusApi::compact(const http::Request&) const {
    auto done = admin_.compact();
    if (!done) return http::error_response(done.error());
    return http::json_response(R"({"status":"success"})");
}

PrometheusApi::Answer PrometheusApi::healthy(const http::Request&) const {
    http::Response out;
    out.content_type = "text/plain; charset=utf-8";
    out.body = "Belfry is healthy.\n";
    return out;
}

PrometheusApi::Answer PrometheusApi::ready(const http::Request&) const {
    http::Response out;
    out.content_type = "text/plain; charset=utf-8";
    out.status = admin_.ready() ? 200 : 503;
    out.body = admin_.ready() ? "Belfry is ready.\n" : "Belfry is starting.\n";
    return out;
}

}  // namespace belfry::api
