#include "ingest/metric/sample_check.h"

#include "base/utf8.h"
#include "model/sample.h"

namespace belfry::ingest {
namespace {

using model::Histogram;

constexpr int SCHEMA_MIN = -4;
constexpr int SCHEMA_MAX = 8;

/// "" or what is wrong with one side's spans and buckets. `index_max`: the highest bucket there may be.
std::string check_spans(std::string_view side,
                        const std::vector<Histogram::Span>& spans,
                        const std::vector<double>& buckets,
                        int64_t index_max) {
    uint64_t total = 0;
    int64_t index = 0;
    for (size_t i = 0; i < spans.size(); i++) {
        if (i > 0 && spans[i].offset < 0)
            return fmt::format("{} span {} has the negative offset {}", side, i, spans[i].offset);
        total += spans[i].length;
        index += spans[i].offset;
        index += spans[i].length;
        if (index - 1 > index_max)
            return fmt::format("{} span {} ends at bucket {}; the highest is {}", side, i, index - 1, index_max);
    }
    if (total != buckets.size())
        return fmt::format("{} spans hold {} buckets, but there are {}", side, total, buckets.size());
    for (size_t i = 0; i < buckets.size(); i++)
        if (!(buckets[i] >= 0)) return fmt::format("{} bucket {} has the count {}", side, i, buckets[i]);
    return "";
}

std::string check_custom(const Histogram& h) {
    if (h.zero_count != 0 || h.zero_threshold != 0) return "custom buckets have no zero bucket";
    if (!h.negative_spans.empty() || !h.negative_buckets.empty()) return "custom buckets have no negative side";
    for (size_t i = 0; i < h.custom_bounds.size(); i++) {
        if (!std::isfinite(h.custom_bounds[i])) return fmt::format("custom bound {} is {}", i, h.custom_bounds[i]);
        if (i > 0 && h.custom_bounds[i] <= h.custom_bounds[i - 1])
            return fmt::format("custom bound {} ({}) is not above the one before ({})", i, h.custom_bounds[i],
                               h.custom_bounds[i - 1]);
    }
    if (!h.positive_spans.empty() && h.positive_spans.front().offset < 0) return "custom buckets begin at 0";
    return check_spans("positive", h.positive_spans, h.positive_buckets, static_cast<int64_t>(h.custom_bounds.size()));
}

std::string check_exponential(const Histogram& h) {
    if (h.schema < SCHEMA_MIN || h.schema > SCHEMA_MAX)
        return fmt::format("schema {} is not known; there are {} to {}, and {} for custom buckets", h.schema,
                           SCHEMA_MIN, SCHEMA_MAX, Histogram::CUSTOM_BOUNDS);
    if (!h.custom_bounds.empty()) return "an exponential histogram has no custom bounds";
    if (!(h.zero_threshold >= 0) || std::isinf(h.zero_threshold))
        return fmt::format("the zero threshold is {}", h.zero_threshold);
    if (!(h.zero_count >= 0)) return fmt::format("the zero bucket has the count {}", h.zero_count);
    constexpr int64_t INDEX_MAX = INT32_MAX;
    std::string wrong = check_spans("positive", h.positive_spans, h.positive_buckets, INDEX_MAX);
    return wrong.empty() ? check_spans("negative", h.negative_spans, h.negative_buckets, INDEX_MAX) : wrong;
}

/// Every observation is in a bucket, but those that were NaN: they make the sum NaN.
std::string check_count(const Histogram& h) {
    double in_buckets = h.zero_count;
    for (const double bucket : h.positive_buckets)
        in_buckets += bucket;
    for (const double bucket : h.negative_buckets)
        in_buckets += bucket;
    const bool fits = std::isnan(h.sum) ? h.count >= in_buckets : h.count == in_buckets;
    return fits ? "" : fmt::format("{} observations, but the buckets hold {}", h.count, in_buckets);
}

}  // namespace

std::optional<HistogramRefusal> check_histogram(const Histogram& h, bool integers, const MetricConfig& limits) {
    if (model::is_stale(h.sum)) return std::nullopt;
    const size_t parts = std::max(h.bucket_count(), h.positive_spans.size() + h.negative_spans.size());
    if (std::max(parts, h.custom_bounds.size()) > limits.histogram_buckets_max)
        return HistogramRefusal{
            Refusal::too_large,
            fmt::format("histogram of {} buckets (or spans, or bounds): limit {} (metric.histogram_buckets_max)",
                        std::max(parts, h.custom_bounds.size()), limits.histogram_buckets_max)};
    std::string wrong = h.schema == Histogram::CUSTOM_BOUNDS ? check_custom(h) : check_exponential(h);
    if (wrong.empty() && !(h.count >= 0)) wrong = fmt::format("the count is {}", h.count);
    if (wrong.empty() && integers) wrong = check_count(h);
    if (wrong.empty()) return std::nullopt;
    return HistogramRefusal{Refusal::invalid_histogram, "histogram refused: " + wrong};
}

std::string check_exemplar(const model::Exemplar& exemplar) {
    size_t characters = 0;
    for (const model::Label& label : exemplar.labels.view()) {
        if (label.name.empty()) return "an exemplar's label has no name";
        const size_t before = characters;
        for (const std::string_view text : {label.name, label.value}) {
            if (!is_utf8(text)) return "an exemplar's label is not UTF-8";
            characters +=
                static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
        }
        if (label.name == model::VALUE_META && characters - before <= VALUE_META_CHARACTERS_MAX + label.name.size())
            characters = before;
    }
    if (characters > EXEMPLAR_LABEL_CHARACTERS_MAX)
        return fmt::format("an exemplar's labels have {} characters: limit {}", characters,
                           EXEMPLAR_LABEL_CHARACTERS_MAX);
    return "";
}

}  // namespace belfry::ingest
