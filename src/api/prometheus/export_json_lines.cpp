// /api/v1/export: all samples of the selected series as JSON lines, the form that /api/v1/import takes (its page is
// ingest/json_lines/decode.h). A series is as many lines as its samples need; histograms stand in lines of their own.
#include "api/prometheus/bulk_api.h"
#include "api/prometheus/bulk_stats.h"
#include "api/prometheus/params.h"
#include "api/prometheus/selected_rows.h"
#include "base/json.h"
#include "base/number.h"
#include "model/external_labels.h"

namespace belfry::api {
namespace {

constexpr uint64_t LINE_SAMPLES = 10'000;  // of a line, unless max_rows_per_line says less

void append_value(std::string& out, double value) {
    if (std::isfinite(value))
        append_double(out, value);
    else if (std::isinf(value))
        out += value > 0 ? R"("Infinity")" : R"("-Infinity")";
    else
        out += model::is_stale(value) ? R"("StaleNaN")" : "null";
}

void append_list(std::string& out, std::string_view name, const std::vector<double>& numbers) {
    out.append(",\"").append(name).append("\":[");
    for (size_t i = 0; i < numbers.size(); i++) {
        if (i > 0) out += ',';
        append_value(out, numbers[i]);
    }
    out += ']';
}

void append_spans(std::string& out, std::string_view name, const std::vector<model::Histogram::Span>& spans) {
    out.append(",\"").append(name).append("\":[");
    for (size_t i = 0; i < spans.size(); i++)
        out += fmt::format("{}[{},{}]", i > 0 ? "," : "", spans[i].offset, spans[i].length);
    out += ']';
}

void append_histogram(std::string& out, const model::Histogram& h) {
    out += fmt::format(R"({{"schema":{},"count":)", h.schema);
    append_value(out, h.count);
    out += R"(,"sum":)";
    append_value(out, h.sum);
    out += R"(,"zero_threshold":)";
    append_value(out, h.zero_threshold);
    out += R"(,"zero_count":)";
    append_value(out, h.zero_count);
    append_spans(out, "positive_spans", h.positive_spans);
    append_list(out, "positive_buckets", h.positive_buckets);
    append_spans(out, "negative_spans", h.negative_spans);
    append_list(out, "negative_buckets", h.negative_buckets);
    if (!h.custom_bounds.empty()) append_list(out, "custom_bounds", h.custom_bounds);
    switch (h.reset_hint) {
        case model::Histogram::ResetHint::unknown: break;
        case model::Histogram::ResetHint::reset: out += R"(,"reset_hint":"reset")"; break;
        case model::Histogram::ResetHint::not_reset: out += R"(,"reset_hint":"not_reset")"; break;
        case model::Histogram::ResetHint::gauge: out += R"(,"reset_hint":"gauge")"; break;
    }
    out += '}';
}

class JsonLines {
  public:
    JsonLines(SelectedRows rows,
              model::Labels external,
              model::TimeRange range,
              size_t line_samples,
              std::shared_ptr<query::Budget> budget)
        : rows_(std::move(rows)),
          external_(std::move(external)),
          range_(range),
          line_samples_(line_samples),
          budget_(std::move(budget)) {}

    /// http::BodyParts
    Result<bool> operator()(std::string& out) {
        const size_t enough = out.size() + http::BODY_PART_BYTES;
        while (out.size() < enough) {
            if (sample_ < samples_.size())
                append_line(out);
            else if (next_ == rows_.rows().size())
                return false;
            else
                TRY(open_row(rows_.rows()[next_++]));
        }
        return true;
    }

  private:
    Status open_row(const SelectedRows::Row& row) {
        sample_ = 0;
        samples_.clear();
        TRY(rows_.set(row).read(row.index, range_, samples_, *budget_));
        metric_ = R"({"metric":{)";
        const model::Labels labels =
            external_.empty() ? model::Labels(row.labels) : model::with_external(row.labels, external_);
        for (const model::Label& label : labels.view()) {
            if (metric_.back() != '{') metric_ += ',';
            append_json_string(metric_, label.name);
            metric_ += ':';
            append_json_string(metric_, label.value);
        }
        metric_ += '}';
        return {};
    }

    [[nodiscard]] const model::Histogram* histogram(size_t i) const {
        return samples_.histograms.empty() ? nullptr : samples_.histograms[i].get();
    }

    /// As many samples of one kind as a line takes.
    void append_line(std::string& out) {
        const bool is_histogram = histogram(sample_) != nullptr;
        const size_t begin = sample_;
        out += metric_;
        out += is_histogram ? R"(,"histograms":[)" : R"(,"values":[)";
        for (; sample_ < samples_.size() && sample_ - begin < line_samples_; sample_++) {
            const model::Histogram* h = histogram(sample_);
            if ((h != nullptr) != is_histogram) break;
            if (sample_ > begin) out += ',';
            if (h != nullptr)
                append_histogram(out, *h);
            else
                append_value(out, samples_.values[sample_]);
        }
        out += R"(],"timestamps":[)";
        for (size_t i = begin; i < sample_; i++)
            out += fmt::format("{}{}", i > begin ? "," : "", samples_.times_ms[i]);
        out += "]}\n";
        sent_.add(sample_ - begin);
    }

    const SelectedRows rows_;
    const model::Labels external_;
    const model::TimeRange range_;
    const size_t line_samples_;
    const std::shared_ptr<query::Budget> budget_;
    size_t next_ = 0;
    std::string metric_;  // {"metric":{...} of the row
    model::SampleColumns samples_;
    size_t sample_ = 0;
    Counter& sent_ = bulk_samples_total.at({"export"});
};

Result<size_t> line_samples_param(const http::Request& request) {
    const std::optional<std::string> text = request.param("max_rows_per_line");
    if (!text) return LINE_SAMPLES;
    const std::optional<uint64_t> number = parse_uint(*text);
    if (!number) return make_error(Code::invalid, "max_rows_per_line={} is not a number", text->substr(0, 40));
    return *number == 0 ? LINE_SAMPLES : std::min(*number, LINE_SAMPLES);
}

}  // namespace

BulkApi::Answer BulkApi::export_json_lines(const http::Request& request) const {
    const auto selectors = TRY(match_params(request));
    if (selectors.empty()) return make_error(Code::invalid, "no match[] parameter provided");
    const model::TimeRange range = TRY(range_params(request));
    const size_t line_samples = TRY(line_samples_param(request));
    const auto spent = budget(request);
    auto rows = TRY(SelectedRows::select(source_, request.identity.tenant, selectors, range, *spent));
    auto answer = std::make_shared<JsonLines>(std::move(rows), options_.external_labels, range, line_samples, spent);
    return http::long_response("application/stream+json; charset=utf-8",
                               [answer](std::string& out) { return (*answer)(out); });
}

}  // namespace belfry::api
