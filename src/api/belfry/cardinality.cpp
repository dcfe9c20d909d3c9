#include "api/belfry/cardinality.h"

#include "base/json.h"
#include "base/number.h"

namespace belfry::api {
namespace {

constexpr size_t ROWS_DEFAULT = 20;

void write_minutes(JsonWriter& json, std::string_view key, const model::MinuteCounts& counts) {
    json.key(key).begin_array();
    for (const uint32_t count : counts)
        json.unsigned_integer(count);
    json.end_array();
}

void write_metrics(JsonWriter& json, std::string_view key, const std::vector<model::MetricCardinality>& rows) {
    json.key(key).begin_array();
    for (const auto& m : rows) {
        json.begin_object().field("name", m.name).field("series", m.series);
        write_minutes(json, "created", m.created);
        json.field("refused", m.refused);
        write_minutes(json, "refused_lately", m.refused_lately);
        json.end_object();
    }
    json.end_array();
}

void write_labels(JsonWriter& json, std::string_view key, const std::vector<model::LabelCardinality>& rows) {
    json.key(key).begin_array();
    for (const auto& label : rows) {
        json.begin_object().field("name", label.name).field("values", label.values).field("series", label.series);
        write_minutes(json, "new_values", label.new_values);
        json.field("refused", label.refused).key("top").begin_array();
        for (const auto& value : label.top)
            json.begin_object().field("value", value.value).field("series", value.series).end_object();
        json.end_array().key("newest_values").begin_array();
        for (const std::string& value : label.newest_values)
            json.string(value);
        json.end_array().end_object();
    }
    json.end_array();
}

void write_examples(JsonWriter& json, std::string_view key, const std::vector<model::SeriesExample>& rows) {
    json.key(key).begin_array();
    for (const auto& e : rows) {
        json.begin_object()
            .field("time_ms", e.time_ms)
            .field("series", e.series)
            .field("receiver", e.receiver)
            .field("limit", e.limit)
            .end_object();
    }
    json.end_array();
}

std::string render(const model::CardinalityReport& r, std::string_view tenant, int64_t now_ms) {
    JsonWriter json;
    json.begin_object().field("now_ms", now_ms).field("tenant", tenant).field("series", r.series);
    json.field("metrics_count", r.metrics_count)
        .field("labels_count", r.labels_count)
        .field("pairs_count", r.pairs_count);
    write_minutes(json, "created", r.created);
    write_minutes(json, "refused", r.refused);
    json.field("refused_total", r.refused_total).key("limits").begin_array();
    for (const auto& limit : r.limits) {
        json.begin_object()
            .field("key", limit.key)
            .field("value", limit.value)
            .field("used", limit.used)
            .field("user", limit.user)
            .end_object();
    }
    json.end_array();
    write_metrics(json, "metrics", r.metrics);
    write_metrics(json, "growing", r.growing);
    write_metrics(json, "refused_metrics", r.refused_metrics);
    write_labels(json, "labels", r.labels);
    write_labels(json, "growing_labels", r.growing_labels);
    json.key("pairs").begin_array();
    for (const auto& pair : r.pairs) {
        json.begin_object()
            .field("name", pair.name)
            .field("value", pair.value)
            .field("series", pair.series)
            .end_object();
    }
    json.end_array().key("receivers").begin_array();
    for (const auto& receiver : r.receivers) {
        json.begin_object().field("id", receiver.id).field("series", receiver.series);
        write_minutes(json, "created", receiver.created);
        json.field("refused", receiver.refused);
        write_minutes(json, "refused_lately", receiver.refused_lately);
        json.end_object();
    }
    json.end_array();
    write_examples(json, "created_examples", r.created_examples);
    write_examples(json, "refused_examples", r.refused_examples);
    json.field("complete", r.complete).field("memory_bytes", r.memory_bytes).end_object();
    return json.take();
}

}  // namespace

void add_cardinality_routes(http::Router& router, const Clock& clock, CardinalitySource source) {
    router.add("GET", "/api/v1/belfry/cardinality", http::Access::read,
               [&clock, source = std::move(source)](const http::Request& request) {
                   size_t limit = ROWS_DEFAULT;
                   if (const auto text = request.query.get("limit")) {
                       const auto given = parse_uint(*text);
                       if (!given || *given == 0 || *given > CARDINALITY_ROWS_MAX)
                           return http::error_response(
                               make_error(Code::invalid, "limit is 1 to {}, not {}", CARDINALITY_ROWS_MAX, *text));
                       limit = static_cast<size_t>(*given);
                   }
                   const std::string& tenant = request.identity.tenant;
                   model::CardinalityReport report = source(tenant, limit);
                   // what all tenants have together is nothing for the key of one
                   if (request.identity.tenant_bound)
                       std::erase_if(report.limits, [](const auto& l) { return l.key == "metric.max_series"; });
                   return http::json_response(render(report, tenant, clock.now_ms()));
               });
}

}  // namespace belfry::api
