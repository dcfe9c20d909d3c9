#include "ingest/otlp/json.h"

namespace belfry::ingest::otlp {
namespace {

using Type = JsonField::Type;

// messages that refer to one another need a declaration before
extern const JsonMessage ANY_VALUE;

constexpr JsonField KEY_VALUE_FIELDS[] = {
    {"key", 1, Type::text},
    {"value", 2, Type::message, &ANY_VALUE},
};
constexpr JsonMessage KEY_VALUE{KEY_VALUE_FIELDS};
constexpr JsonField ARRAY_FIELDS[] = {{"values", 1, Type::message, &ANY_VALUE, {}, true}};
constexpr JsonMessage ARRAY{ARRAY_FIELDS};
constexpr JsonField KEY_VALUE_LIST_FIELDS[] = {{"values", 1, Type::message, &KEY_VALUE, {}, true}};
constexpr JsonMessage KEY_VALUE_LIST{KEY_VALUE_LIST_FIELDS};
constexpr JsonField ANY_VALUE_FIELDS[] = {
    {"stringValue", 1, Type::text},
    {"boolValue", 2, Type::boolean},
    {"intValue", 3, Type::varint},
    {"doubleValue", 4, Type::float64},
    {"arrayValue", 5, Type::message, &ARRAY},
    {"kvlistValue", 6, Type::message, &KEY_VALUE_LIST},
    {"bytesValue", 7, Type::base64},
};
const JsonMessage ANY_VALUE{ANY_VALUE_FIELDS};

constexpr JsonField attributes(uint32_t number) {
    return {"attributes", number, Type::message, &KEY_VALUE, {}, true};
}

constexpr JsonField RESOURCE_FIELDS[] = {attributes(1)};
constexpr JsonMessage RESOURCE{RESOURCE_FIELDS};
constexpr JsonField SCOPE_FIELDS[] = {{"name", 1, Type::text}, {"version", 2, Type::text}, attributes(3)};
constexpr JsonMessage SCOPE{SCOPE_FIELDS};

constexpr JsonField EXEMPLAR_FIELDS[] = {
    {"timeUnixNano", 2, Type::fixed64}, {"asDouble", 3, Type::float64},
    {"spanId", 4, Type::hex},           {"traceId", 5, Type::hex},
    {"asInt", 6, Type::fixed64},        {"filteredAttributes", 7, Type::message, &KEY_VALUE, {}, true},
};
constexpr JsonMessage EXEMPLAR{EXEMPLAR_FIELDS};

constexpr JsonField exemplars(uint32_t number) {
    return {"exemplars", number, Type::message, &EXEMPLAR, {}, true};
}

constexpr JsonField NUMBER_POINT_FIELDS[] = {
    {"startTimeUnixNano", 2, Type::fixed64},
    {"timeUnixNano", 3, Type::fixed64},
    {"asDouble", 4, Type::float64},
    exemplars(5),
    {"asInt", 6, Type::fixed64},
    attributes(7),
    {"flags", 8, Type::varint},
};
constexpr JsonMessage NUMBER_POINT{NUMBER_POINT_FIELDS};

constexpr JsonField HISTOGRAM_POINT_FIELDS[] = {
    {"startTimeUnixNano", 2, Type::fixed64},
    {"timeUnixNano", 3, Type::fixed64},
    {"count", 4, Type::fixed64},
    {"sum", 5, Type::float64},
    {"bucketCounts", 6, Type::fixed64, nullptr, {}, true},
    {"explicitBounds", 7, Type::float64, nullptr, {}, true},
    exemplars(8),
    attributes(9),
    {"flags", 10, Type::varint},
};
constexpr JsonMessage HISTOGRAM_POINT{HISTOGRAM_POINT_FIELDS};

constexpr JsonField BUCKETS_FIELDS[] = {
    {"offset", 1, Type::zigzag},
    {"bucketCounts", 2, Type::varint, nullptr, {}, true},
};
constexpr JsonMessage BUCKETS{BUCKETS_FIELDS};

constexpr JsonField EXPONENTIAL_POINT_FIELDS[] = {
    attributes(1),
    {"startTimeUnixNano", 2, Type::fixed64},
    {"timeUnixNano", 3, Type::fixed64},
    {"count", 4, Type::fixed64},
    {"sum", 5, Type::float64},
    {"scale", 6, Type::zigzag},
    {"zeroCount", 7, Type::fixed64},
    {"positive", 8, Type::message, &BUCKETS},
    {"negative", 9, Type::message, &BUCKETS},
    {"flags", 10, Type::varint},
    exemplars(11),
    {"zeroThreshold", 14, Type::float64},
};
constexpr JsonMessage EXPONENTIAL_POINT{EXPONENTIAL_POINT_FIELDS};

constexpr JsonField QUANTILE_FIELDS[] = {{"quantile", 1, Type::float64}, {"value", 2, Type::float64}};
constexpr JsonMessage QUANTILE{QUANTILE_FIELDS};
constexpr JsonField SUMMARY_POINT_FIELDS[] = {
    {"startTimeUnixNano", 2, Type::fixed64},
    {"timeUnixNano", 3, Type::fixed64},
    {"count", 4, Type::fixed64},
    {"sum", 5, Type::float64},
    {"quantileValues", 6, Type::message, &QUANTILE, {}, true},
    attributes(7),
    {"flags", 8, Type::varint},
};
constexpr JsonMessage SUMMARY_POINT{SUMMARY_POINT_FIELDS};

constexpr std::pair<std::string_view, uint64_t> TEMPORALITIES[] = {
    {"AGGREGATION_TEMPORALITY_UNSPECIFIED", 0},
    {"AGGREGATION_TEMPORALITY_DELTA", 1},
    {"AGGREGATION_TEMPORALITY_CUMULATIVE", 2},
};
constexpr JsonField points(const JsonMessage& of) {
    return {"dataPoints", 1, Type::message, &of, {}, true};
}
constexpr JsonField TEMPORALITY{"aggregationTemporality", 2, Type::enumeration, nullptr, TEMPORALITIES};

constexpr JsonField GAUGE_FIELDS[] = {points(NUMBER_POINT)};
constexpr JsonMessage GAUGE{GAUGE_FIELDS};
constexpr JsonField SUM_FIELDS[] = {points(NUMBER_POINT), TEMPORALITY, {"isMonotonic", 3, Type::boolean}};
constexpr JsonMessage SUM{SUM_FIELDS};
constexpr JsonField HISTOGRAM_FIELDS[] = {points(HISTOGRAM_POINT), TEMPORALITY};
constexpr JsonMessage HISTOGRAM{HISTOGRAM_FIELDS};
constexpr JsonField EXPONENTIAL_FIELDS[] = {points(EXPONENTIAL_POINT), TEMPORALITY};
constexpr JsonMessage EXPONENTIAL{EXPONENTIAL_FIELDS};
constexpr JsonField SUMMARY_FIELDS[] = {points(SUMMARY_POINT)};
constexpr JsonMessage SUMMARY{SUMMARY_FIELDS};

constexpr JsonField METRIC_FIELDS[] = {
    {"name", 1, Type::text},
    {"description", 2, Type::text},
    {"unit", 3, Type::text},
    {"gauge", 5, Type::message, &GAUGE},
    {"sum", 7, Type::message, &SUM},
    {"histogram", 9, Type::message, &HISTOGRAM},
    {"exponentialHistogram", 10, Type::message, &EXPONENTIAL},
    {"summary", 11, Type::message, &SUMMARY},
};
constexpr JsonMessage METRIC{METRIC_FIELDS};
constexpr JsonField SCOPE_METRICS_FIELDS[] = {
    {"scope", 1, Type::message, &SCOPE},
    {"metrics", 2, Type::message, &METRIC, {}, true},
    {"schemaUrl", 3, Type::text},
};
constexpr JsonMessage SCOPE_METRICS{SCOPE_METRICS_FIELDS};
constexpr JsonField RESOURCE_METRICS_FIELDS[] = {
    {"resource", 1, Type::message, &RESOURCE},
    {"scopeMetrics", 2, Type::message, &SCOPE_METRICS, {}, true},
    {"schemaUrl", 3, Type::text},
};
constexpr JsonMessage RESOURCE_METRICS{RESOURCE_METRICS_FIELDS};
constexpr JsonField REQUEST_FIELDS[] = {{"resourceMetrics", 1, Type::message, &RESOURCE_METRICS, {}, true}};
constexpr JsonMessage REQUEST{REQUEST_FIELDS};

}  // namespace

const JsonMessage& export_metrics_request() {
    return REQUEST;
}

}  // namespace belfry::ingest::otlp
