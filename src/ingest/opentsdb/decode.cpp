#include "ingest/opentsdb/decode.h"

#include "base/number.h"

namespace belfry::ingest::opentsdb {
namespace {

// A finite number, also in quotes.
std::optional<double> number_of(const JsonView& view) {
    std::optional<double> out = view.as_double();
    if (const std::optional<std::string> text = view.as_string()) out = parse_double(*text);
    return out && std::isfinite(*out) ? out : std::nullopt;
}

std::optional<int64_t> time_ms_of(const JsonView& view) {
    const std::optional<double> time = number_of(view);
    if (!time || *time < 0 || *time >= 9e15) return std::nullopt;
    const bool milliseconds = *time > static_cast<double>(UINT32_MAX);
    return std::llround(milliseconds ? *time : *time * 1'000);
}

}  // namespace

Result<Point> decode_point(const JsonView& point) {
    if (!point.is_object()) return make_error(Code::invalid, "a point is not an object");
    const std::optional<std::string> metric = point.get("metric").as_string();
    if (!metric || metric->empty()) return make_error(Code::invalid, "metric is missing");
    const std::optional<int64_t> time_ms = time_ms_of(point.get("timestamp"));
    if (!time_ms) return make_error(Code::invalid, "timestamp is missing, or not a number of seconds or milliseconds");
    const std::optional<double> value = number_of(point.get("value"));
    if (!value) return make_error(Code::invalid, "value is missing, or not a finite number");
    const JsonView tags = point.get("tags");
    if (!tags.is_null() && !tags.is_object()) return make_error(Code::invalid, "tags is not an object");
    std::vector<std::pair<std::string, std::string>> texts;
    for (std::string& name : tags.keys()) {
        const JsonView tag = tags.get(name);
        if (name.empty() || name == model::METRIC_NAME)
            return make_error(Code::invalid, "{:?} is not a name for a tag", name);
        if (tag.is_object() || tag.is_array() || tag.is_null())
            return make_error(Code::invalid, "the value of tag {:?} is not a text", name.substr(0, 80));
        std::string text = tag.as_string().value_or("");
        if (!tag.is_string()) text = tag.dump();
        texts.emplace_back(std::move(name), std::move(text));
    }
    std::vector<model::Label> labels{{model::METRIC_NAME, *metric}};
    for (const auto& [name, text] : texts)
        labels.push_back({name, text});
    return Point{model::Labels::from(std::move(labels)), {*time_ms, *value}};
}

}  // namespace belfry::ingest::opentsdb
