#include "api/monasca/metric_groups.h"
#include "api/monasca/monasca_api.h"
#include "api/monasca/page.h"
#include "http/titled_error.h"

#include <map>

namespace belfry::api::monasca {
namespace {

constexpr int64_t WINDOW_MS = 6 * 3'600'000;  // read at once at first; each next window is twice as long

struct Row {
    int64_t time_ms = 0;
    double value = 0;
    size_t series = 0;
};

/// Rows of a group from `from_ms` on, by time; more than `enough` only because of the window.
Result<std::vector<Row>> read_rows(const query::SeriesSet& set,
                                   const MetricGroup& group,
                                   model::TimeRange range,
                                   size_t enough,
                                   query::Budget& budget) {
    std::vector<Row> out;
    model::SampleColumns samples;
    int64_t length = WINDOW_MS;
    while (range.from_ms < range.to_ms && out.size() <= enough) {
        const int64_t end = range.to_ms - range.from_ms > length ? range.from_ms + length : range.to_ms;
        const auto first = static_cast<std::ptrdiff_t>(out.size());
        for (const size_t i : group.series) {
            TRY(set.read(i, {range.from_ms, end}, samples, budget));
            for (size_t k = 0; k < samples.size(); k++) {
                if (model::is_stale(samples.values[k])) continue;
                if (!samples.histograms.empty() && samples.histograms[k] != nullptr) continue;
                out.push_back({samples.times_ms[k], samples.values[k], i});
            }
        }
        if (group.series.size() > 1)
            std::stable_sort(out.begin() + first, out.end(),
                             [](const Row& a, const Row& b) { return a.time_ms < b.time_ms; });
        TRY(budget.check());
        range.from_ms = end;
        length *= 2;
    }
    return out;
}

/// What was said about single values, by series and time.
class ValueMetas {
  public:
    [[nodiscard]] static Result<ValueMetas> read(const query::ExemplarSource& source,
                                                 const MetricQuestion& question,
                                                 query::Budget& budget) {
        ValueMetas out;
        for (query::SeriesExemplars& one :
             TRY(source.query(question.tenant, question.matchers, question.range, budget))) {
            for (const model::Exemplar& exemplar : one.exemplars) {
                const std::string_view meta = exemplar.labels.get(model::VALUE_META);
                if (!meta.empty()) out.metas_[one.series.bytes()].emplace(exemplar.time_ms, meta);
            }
        }
        return out;
    }
    /// As JSON.
    [[nodiscard]] std::string_view of(model::LabelsView labels, int64_t time_ms) const {
        if (metas_.empty()) return "{}";
        const auto series = metas_.find(labels.bytes());
        if (series == metas_.end()) return "{}";
        const auto meta = series->second.find(time_ms);
        return meta == series->second.end() ? std::string_view("{}") : std::string_view(meta->second);
    }

  private:
    std::map<std::string, std::map<int64_t, std::string>, std::less<>> metas_;
};

}  // namespace

MonascaApi::Answer MonascaApi::measurements(const http::Request& request) const {
    const auto tenant = http::delegated_tenant(request.identity, request.query.get("tenant_id").value_or(""));
    if (!tenant) return http::titled_error(401, tenant.error().message);
    MetricQuestion question = TRY(read_question(request, parts_.clock.now_ms()));
    if (question.range.from_ms >= question.range.to_ms)
        return http::titled_error(400, "start_time must be before end_time");
    question.tenant = *tenant;
    query::Budget budget(parts_.limits, parts_.clock);
    budget.cancel_with(request.disconnected);
    const auto set = TRY(parts_.metrics.select(*tenant, question.matchers, question.range, budget));
    const std::vector<MetricGroup> groups = TRY(groups_of(question, *set, budget));
    const ValueMetas metas = TRY(ValueMetas::read(parts_.exemplars, question, budget));

    JsonWriter elements;
    std::optional<std::string> next;
    size_t given = 0;
    for (size_t g = 0; g < groups.size() && !next; g++) {
        const MetricGroup& group = groups[g];
        model::TimeRange range = question.range;
        size_t skip = 0;
        if (question.offset_ms && (question.offset_id.empty() || g == 0)) {
            // behind the last row of the page before; of rows of one time a page may have had only some
            skip = question.offset_rows;
            range.from_ms = std::max(range.from_ms, skip > 0 ? *question.offset_ms : *question.offset_ms + 1);
        }
        const std::vector<Row> rows = TRY(read_rows(*set, group, range, question.limit - given + skip, budget));
        if (rows.size() <= skip) continue;
        if (given == question.limit) {
            next = fmt::format("{}_{}", group.id, question.range.from_ms - 1);
            break;
        }
        elements.begin_object().field("id", group.id).field("name", question.name).key("dimensions");
        write_dimensions(elements, group.dimensions);
        elements.key("columns").begin_array().string("timestamp").string("value").string("value_meta").end_array();
        elements.key("measurements").begin_array();
        size_t r = skip;
        for (; r < rows.size() && given < question.limit; r++, given++) {
            const Row& row = rows[r];
            elements.begin_array().string(iso_ms(row.time_ms)).number(row.value);
            elements.raw(metas.of(set->series()[row.series].labels, row.time_ms)).end_array();
        }
        elements.end_array().end_object();
        if (r == rows.size()) continue;
        const int64_t last_ms = rows[r - 1].time_ms;
        size_t same = 0;  // rows of the last time that were given
        while (same < r && rows[r - 1 - same].time_ms == last_ms)
            same++;
        next = rows[r].time_ms == last_ms ? fmt::format("{}_{}_{}", group.id, last_ms, same)
                                          : fmt::format("{}_{}", group.id, last_ms);
    }
    return list_response(request, next, elements.text());
}

}  // namespace belfry::api::monasca
