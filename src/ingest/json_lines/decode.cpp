#include "ingest/json_lines/decode.h"

#include "base/json.h"

namespace belfry::ingest::json_lines {
namespace {

std::optional<double> number_of(const JsonView& view) {
    if (const std::optional<double> number = view.as_double()) return number;
    if (view.is_null()) return std::numeric_limits<double>::quiet_NaN();
    const std::optional<std::string> text = view.as_string();
    if (text == "Infinity" || text == "+Inf") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity" || text == "-Inf") return -std::numeric_limits<double>::infinity();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "StaleNaN") return model::stale_nan();
    return std::nullopt;
}

Result<model::Labels> labels_of(const JsonView& metric, const ExtraLabels& extra_labels) {
    if (!metric.is_object()) return make_error(Code::invalid, "\"metric\" is missing, or not an object");
    std::vector<std::pair<std::string, std::string>> texts;
    for (std::string& name : metric.keys()) {
        std::optional<std::string> value = metric.get(name).as_string();
        if (!value) return make_error(Code::invalid, "the value of label {:?} is not a text", name.substr(0, 80));
        texts.emplace_back(std::move(name), *std::move(value));
    }
    std::vector<model::Label> labels;
    for (const ExtraLabels* list : {&std::as_const(texts), &extra_labels}) {
        for (const auto& [name, value] : *list)
            labels.push_back({name, value});
    }
    model::Labels out = model::Labels::from(std::move(labels));
    if (out.empty()) return make_error(Code::invalid, "a series without labels");
    return out;
}

Status read_spans(const JsonView& list, std::vector<model::Histogram::Span>& spans, size_t buckets) {
    size_t sum = 0;
    for (size_t i = 0; i < list.size(); i++) {
        const JsonView span = list.at(i);
        const std::optional<int64_t> offset = span.at(0).as_int();
        const std::optional<int64_t> length = span.at(1).as_int();
        const bool fits = offset && length && *offset >= INT32_MIN && *offset <= INT32_MAX && *length >= 0 &&
                          static_cast<uint64_t>(*length) <= buckets;
        if (!fits) return make_error(Code::invalid, "a span of a histogram is not [offset,length]");
        spans.push_back({static_cast<int32_t>(*offset), static_cast<uint32_t>(*length)});
        sum += static_cast<size_t>(*length);
    }
    return sum == buckets
               ? Status()
               : make_error(Code::invalid, "spans of a histogram have {} buckets, there are {}", sum, buckets);
}

Status read_numbers(const JsonView& list, std::vector<double>& out) {
    for (size_t i = 0; i < list.size(); i++) {
        const std::optional<double> number = list.at(i).as_double();
        if (!number) return make_error(Code::invalid, "a bucket or bound of a histogram is not a number");
        out.push_back(*number);
    }
    return {};
}

Result<std::shared_ptr<const model::Histogram>> histogram_of(const JsonView& view) {
    auto out = std::make_shared<model::Histogram>();
    const std::optional<int64_t> schema = view.get("schema").as_int();
    const std::optional<double> count = number_of(view.get("count"));
    const std::optional<double> sum = number_of(view.get("sum"));
    if (!view.is_object() || !schema || *schema < INT8_MIN || *schema > INT8_MAX || !view.has("count") || !count ||
        !view.has("sum") || !sum)
        return make_error(Code::invalid, "a histogram is an object with schema, count and sum");
    out->schema = static_cast<int8_t>(*schema);
    out->count = *count;
    out->sum = *sum;
    out->zero_threshold = view.double_or("zero_threshold", 0);
    out->zero_count = view.double_or("zero_count", 0);
    TRY(read_numbers(view.get("positive_buckets"), out->positive_buckets));
    TRY(read_numbers(view.get("negative_buckets"), out->negative_buckets));
    TRY(read_numbers(view.get("custom_bounds"), out->custom_bounds));
    TRY(read_spans(view.get("positive_spans"), out->positive_spans, out->positive_buckets.size()));
    TRY(read_spans(view.get("negative_spans"), out->negative_spans, out->negative_buckets.size()));
    const std::string hint = view.string_or("reset_hint", "");
    if (hint == "reset") out->reset_hint = model::Histogram::ResetHint::reset;
    if (hint == "not_reset") out->reset_hint = model::Histogram::ResetHint::not_reset;
    if (hint == "gauge") out->reset_hint = model::Histogram::ResetHint::gauge;
    return std::shared_ptr<const model::Histogram>(std::move(out));
}

}  // namespace

Result<Row> decode_row(std::string_view line, const ExtraLabels& extra_labels) {
    if (line.size() > LINE_BYTES_MAX)
        return make_error(Code::invalid, "a line of {} bytes, limit {} (LINE_BYTES_MAX)", line.size(), LINE_BYTES_MAX);
    const JsonView json = TRY(JsonView::parse(line));
    Row row;
    row.labels = TRY(labels_of(json.get("metric"), extra_labels));
    const bool is_histogram = json.has("histograms");
    const JsonView values = json.get(is_histogram ? "histograms" : "values");
    const JsonView times = json.get("timestamps");
    if (!values.is_array() || !times.is_array())
        return make_error(Code::invalid, "\"values\" or \"timestamps\" is missing, or not an array");
    if (values.size() != times.size())
        return make_error(Code::invalid, "{} values and {} timestamps", values.size(), times.size());
    row.samples.reserve(values.size());
    for (size_t i = 0; i < values.size(); i++) {
        const std::optional<int64_t> time_ms = times.at(i).as_int();
        if (!time_ms) return make_error(Code::invalid, "timestamp {} is not a number of milliseconds", i + 1);
        if (is_histogram) {
            row.histograms.push_back(TRY(histogram_of(values.at(i))));
            row.samples.push_back({*time_ms, row.histograms.back()->sum});
            continue;
        }
        const std::optional<double> value = number_of(values.at(i));
        if (!value) return make_error(Code::invalid, "value {} is not a number", i + 1);
        row.samples.push_back({*time_ms, *value});
    }
    return row;
}

}  // namespace belfry::ingest::json_lines
