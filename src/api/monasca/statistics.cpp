#include "api/monasca/buckets.h"
#include "api/monasca/metric_groups.h"
#include "api/monasca/monasca_api.h"
#include "api/monasca/page.h"
#include "base/ascii.h"
#include "base/number.h"
#include "http/titled_error.h"

#include <mutex>

namespace belfry::api::monasca {
namespace {

constexpr int64_t PERIOD_S_DEFAULT = 300;
constexpr size_t SERIES_AT_ONCE =
    256;  // of single-metric elements that are computed before the page's limit is looked at

enum class Statistic : uint8_t { avg, min, max, sum, count };
constexpr std::string_view NAMES[] = {"avg", "min", "max", "sum", "count"};

Result<std::vector<Statistic>> statistics_param(const http::Request& request) {
    std::vector<Statistic> out;
    for (const std::string& part : split(TRY(required_param(request, "statistics")), ',')) {
        const std::string name = lower(trim_blanks(part));
        const auto found = std::find(std::begin(NAMES), std::end(NAMES), name);
        if (found == std::end(NAMES))
            return make_error(Code::invalid, "statistics {:?}: there are avg, min, max, sum and count",
                              part.substr(0, 40));
        out.push_back(static_cast<Statistic>(found - std::begin(NAMES)));
    }
    return out;
}

Result<int64_t> period_param_ms(const http::Request& request) {
    const auto text = request.query.get("period");
    if (!text) return PERIOD_S_DEFAULT * 1000;
    const auto seconds = parse_int(*text);
    if (!seconds || *seconds < 1 || *seconds > INT64_MAX / 2000)
        return make_error(Code::invalid, "period {:?} is not a number of seconds, 1 or more", text->substr(0, 40));
    return *seconds * 1000;
}

double value_of(const Bucket& bucket, Statistic statistic) {
    switch (statistic) {
        case Statistic::avg: return bucket.sum / bucket.count;
        case Statistic::min: return bucket.min;
        case Statistic::max: return bucket.max;
        case Statistic::sum: return bucket.sum;
        case Statistic::count: return bucket.count;
    }
    return 0;
}

/// The buckets of the series `wanted`, each apart, on all query threads.
Result<std::vector<Buckets>> compute(const query::SeriesSet& set,
                                     const std::vector<std::pair<size_t, model::TimeRange>>& wanted,
                                     int64_t period_ms,
                                     query::Workers& workers,
                                     query::Budget& budget) {
    std::vector<Buckets> out(wanted.size());
    std::mutex mutex;  // guards failed
    Status failed;
    const auto one = [&](size_t i) -> Status {
        const auto& [series, range] = wanted[i];
        model::SampleRecords records;
        if (TRY(set.read_records(series, range, records, budget))) {
            out[i] = buckets_of(records, period_ms);
        } else {
            model::SampleColumns samples;
            TRY(set.read(series, range, samples, budget));
            out[i] = buckets_of(samples, period_ms);
        }
        return budget.charge_memory(out[i].size() * sizeof(Bucket));
    };
    const size_t parts = std::min(wanted.size(), workers.width() * 4);
    workers.run(parts, [&](size_t part) {
        for (size_t i = part; i < wanted.size(); i += parts) {
            Status done = one(i);
            const std::lock_guard lock(mutex);
            if (!done.ok() && failed.ok()) failed = std::move(done);
            if (!failed.ok()) return;
        }
    });
    TRY(std::move(failed));
    return out;
}

}  // namespace

MonascaApi::Answer MonascaApi::statistics(const http::Request& request) const {
    const auto tenant = http::delegated_tenant(request.identity, request.query.get("tenant_id").value_or(""));
    if (!tenant) return http::titled_error(401, tenant.error().message);
    MetricQuestion question = TRY(read_question(request, parts_.clock.now_ms()));
    const std::vector<Statistic> statistics = TRY(statistics_param(request));
    const int64_t period_ms = TRY(period_param_ms(request));
    if (question.range.from_ms >= question.range.to_ms)
        return http::titled_error(400, "start_time must be before end_time");
    question.tenant = *tenant;
    query::Budget budget(parts_.limits, parts_.clock);
    budget.cancel_with(request.disconnected);
    const auto set = TRY(parts_.metrics.select(*tenant, question.matchers, question.range, budget));
    const std::vector<MetricGroup> groups = TRY(groups_of(question, *set, budget));

    JsonWriter elements;
    std::optional<std::string> next;
    size_t given = 0;
    for (size_t g = 0; g < groups.size() && !next;) {
        // as many elements as make a fair piece of work
        std::vector<std::pair<size_t, model::TimeRange>> wanted;
        const size_t first = g;
        for (; g < groups.size() && (wanted.empty() || wanted.size() + groups[g].series.size() <= SERIES_AT_ONCE);
             g++) {
            model::TimeRange range = question.range;
            if (question.offset_ms && (question.offset_id.empty() || g == 0))
                range.from_ms = std::max(range.from_ms, *question.offset_ms + period_ms);
            for (const size_t series : groups[g].series)
                wanted.emplace_back(series, range);
        }
        std::vector<Buckets> computed = TRY(compute(*set, wanted, period_ms, parts_.workers, budget));
        auto at = computed.begin();
        for (size_t k = first; k < g && !next; k++) {
            const MetricGroup& group = groups[k];
            const auto end = at + static_cast<std::ptrdiff_t>(group.series.size());
            const Buckets buckets = merge({std::make_move_iterator(at), std::make_move_iterator(end)});
            at = end;
            if (buckets.empty()) continue;
            if (given == question.limit) {
                next = fmt::format("{}_{}", group.id, buckets.front().start_ms - period_ms);
                break;
            }
            elements.begin_object().field("id", group.id).field("name", question.name).key("dimensions");
            write_dimensions(elements, group.dimensions);
            elements.key("columns").begin_array().string("timestamp");
            for (const Statistic statistic : statistics)
                elements.string(NAMES[static_cast<size_t>(statistic)]);
            elements.end_array().key("statistics").begin_array();
            size_t r = 0;
            for (; r < buckets.size() && given < question.limit; r++, given++) {
                elements.begin_array().string(iso_s(buckets[r].start_ms));
                for (const Statistic statistic : statistics)
                    elements.number(value_of(buckets[r], statistic));
                elements.end_array();
            }
            elements.end_array().end_object();
            if (r < buckets.size()) next = fmt::format("{}_{}", group.id, buckets[r - 1].start_ms);
        }
    }
    return list_response(request, next, elements.text());
}

}  // namespace belfry::api::monasca
