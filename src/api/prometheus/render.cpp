#include "api/prometheus/render.h"

#include "base/json.h"
#include "base/number.h"

namespace belfry::api {
namespace {

constexpr size_t NOTES_MAX = 10;

void append_value(std::string& out, double value) {
    out += '"';
    append_double(out, value);
    out += '"';
}

void append_point(std::string& out, int64_t time_ms, double value) {
    out += '[';
    append_time(out, time_ms);
    out += ',';
    append_value(out, value);
    out += ']';
}

void append_point(std::string& out, int64_t time_ms, const model::Histogram& histogram) {
    out += '[';
    append_time(out, time_ms);
    out += ',';
    append_histogram(out, histogram);
    out += ']';
}

const model::Histogram* histogram_at(const model::SampleColumns& samples, size_t i) {
    return samples.histograms.empty() ? nullptr : samples.histograms[i].get();
}

void append_vector(std::string& out, std::span<const promql::ResultSeries> series) {
    out += '[';
    for (const auto& one : series) {
        if (out.back() != '[') out += ',';
        out += R"({"metric":)";
        append_labels(out, one.labels);
        if (const auto* histogram = histogram_at(one.samples, 0)) {
            out += R"(,"histogram":)";
            append_point(out, one.samples.times_ms[0], *histogram);
        } else {
            out += R"(,"value":)";
            append_point(out, one.samples.times_ms[0], one.samples.values[0]);
        }
        out += '}';
    }
    out += ']';
}

// The float points of a series, or its histogram points.
void append_points(std::string& out, const model::SampleColumns& samples, bool histograms) {
    out += histograms ? R"(,"histograms":[)" : R"(,"values":[)";
    bool first = true;
    for (size_t i = 0; i < samples.size(); ++i) {
        const auto* histogram = histogram_at(samples, i);
        if ((histogram != nullptr) != histograms) continue;
        if (!first) out += ',';
        first = false;
        if (histogram != nullptr)
            append_point(out, samples.times_ms[i], *histogram);
        else
            append_point(out, samples.times_ms[i], samples.values[i]);
    }
    out += ']';
}

void append_matrix(std::string& out, std::span<const promql::ResultSeries> series) {
    size_t points = 0;
    for (const auto& one : series)
        points += one.samples.size();
    out.reserve(out.size() + points * 32 + series.size() * 128);
    out += '[';
    for (const auto& one : series) {
        if (out.back() != '[') out += ',';
        out += R"({"metric":)";
        append_labels(out, one.labels);
        const auto& histograms = one.samples.histograms;
        const auto count = static_cast<size_t>(
            std::count_if(histograms.begin(), histograms.end(), [](const auto& h) { return h != nullptr; }));
        if (count < one.samples.size()) append_points(out, one.samples, false);
        if (count > 0) append_points(out, one.samples, true);
        out += '}';
    }
    out += ']';
}

void append_notes(std::string& out, std::string_view name, std::span<const std::string> notes, std::string_view kind) {
    if (notes.empty()) return;
    out += fmt::format(",\"{}\":[", name);
    const size_t shown = std::min(notes.size(), NOTES_MAX);
    for (size_t i = 0; i < shown; ++i) {
        if (i > 0) out += ',';
        append_json_string(out, notes[i]);
    }
    if (shown < notes.size()) out += fmt::format(",\"{} more {} annotations omitted\"", notes.size() - shown, kind);
    out += ']';
}

}  // namespace

void append_time(std::string& out, int64_t time_ms) {
    uint64_t magnitude = static_cast<uint64_t>(time_ms);
    if (time_ms < 0) {
        out += '-';
        magnitude = 0 - magnitude;
    }
    std::array<char, 24> digits;
    char* end = std::to_chars(digits.data(), digits.data() + digits.size(), magnitude / 1000).ptr;
    if (const auto fraction = static_cast<unsigned>(magnitude % 1000); fraction != 0) {
        *end++ = '.';
        *end++ = static_cast<char>('0' + fraction / 100);
        *end++ = static_cast<char>('0' + fraction / 10 % 10);
        *end++ = static_cast<char>('0' + fraction % 10);
    }
    out.append(digits.data(), end);
}

void append_labels(std::string& out, model::LabelsView labels) {
    out += '{';
    bool first = true;
    for (const auto& label : labels) {
        if (!first) out += ',';
        first = false;
        append_json_string(out, label.name);
        out += ':';
        append_json_string(out, label.value);
    }
    out += '}';
}

void append_strings(std::string& out, std::span<const std::string> strings) {
    out += '[';
    for (const auto& text : strings) {
        if (out.back() != '[') out += ',';
        append_json_string(out, text);
    }
    out += ']';
}

void append_result(std::string& out, const promql::QueryResult& result, size_t limit) {
    using Kind = promql::QueryResult::Kind;
    std::span<const promql::ResultSeries> series = result.series;
    if (limit > 0 && series.size() > limit) series = series.first(limit);
    switch (result.kind) {
        case Kind::scalar:
            out += R"({"resultType":"scalar","result":)";
            append_point(out, result.time_ms, result.scalar);
            return;
        case Kind::string:
            out += R"({"resultType":"string","result":[)";
            append_time(out, result.time_ms);
            out += ',';
            append_json_string(out, result.string);
            out += ']';
            return;
        case Kind::vector:
            out += R"({"resultType":"vector","result":)";
            append_vector(out, series);
            return;
        case Kind::matrix:
            out += R"({"resultType":"matrix","result":)";
            append_matrix(out, series);
            return;
    }
}

void begin_success(std::string& out) {
    out += R"({"status":"success","data":)";
}

http::Response finish_success(std::string out, const Notes& notes) {
    append_notes(out, "warnings", notes.warnings, "warning");
    append_notes(out, "infos", notes.infos, "info");
    out += '}';
    return http::json_response(std::move(out));
}

http::Response success(std::string_view data, const Notes& notes) {
    std::string out;
    out.reserve(data.size() + 64);
    begin_success(out);
    out += data;
    return finish_success(std::move(out), notes);
}

http::Response query_error(const Error& error) {
    switch (error.code) {
        case Code::invalid: return http::error_response(400, "bad_data", error.message);
        case Code::not_found: return http::error_response(404, "not_found", error.message);
        case Code::conflict: return http::error_response(409, "conflict", error.message);
        case Code::timeout: return http::error_response(503, "timeout", error.message);
        case Code::unavailable: return http::error_response(503, "canceled", error.message);
        case Code::corrupt: return http::error_response(500, "internal", error.message);
        case Code::exhausted:
        case Code::internal: break;
    }
    return http::error_response(422, "execution", error.message);
}

}  // namespace belfry::api
