// Monasca's language: stored samples through the engine that decides alarms, on a clock that the samples move.
#include "alarm/backtest/backtest.h"
#include "alarm/backtest/strip.h"
#include "alarm/threshold/engine.h"
#include "alarm/threshold/parser.h"

#include <cmath>

namespace belfry::alarm {
namespace {

using model::AlarmEvent;
using model::AlarmState;

constexpr int64_t CHUNK_MS = 6 * 3'600'000LL;  // read and sorted at once
constexpr int64_t STEP_MS = 1'000;             // windows are judged to the second

struct Point {
    int64_t time_ms = 0;
    model::HeadId head = 0;
    double value = 0;
};

/// One threshold: an engine of its own.
struct Run {
    Run(const catalog::AlarmDefinition& definition, const ThresholdConfig& config, int64_t from_ms, int64_t start_ms)
        : strip(from_ms),
          engine(std::make_unique<ThresholdEngine>(
              ThresholdEngine::Parts{.config = config, .make_id = [this] { return fmt::format("{}", ++ids); }})) {
        catalog::Documents documents;
        catalog::AlarmDefinition played = definition;
        played.tenant = std::string(model::DEFAULT_TENANT);  // labels of a selection have no tenant
        played.created_ms = start_ms;
        played.updated_ms = start_ms;
        documents[played.id] = std::make_shared<const catalog::Document>(catalog::to_document(played));
        engine->set_definitions(documents, start_ms);
    }
    void take(int64_t now_ms, int64_t from_ms) {
        for (const AlarmEvent& event : engine->take_events()) {
            const int64_t at_ms = std::min(event.at_ms, now_ms);
            switch (event.kind) {
                case AlarmEvent::Kind::created:
                    states[event.alarm.id] = event.alarm.state;
                    strip.change(std::nullopt, event.alarm.state, at_ms, event.alarm.reason);
                    break;
                case AlarmEvent::Kind::transition: {
                    AlarmState& state = states[event.alarm.id];
                    strip.change(state, event.alarm.state, at_ms, event.alarm.reason);
                    state = event.alarm.state;
                    if (state == AlarmState::alarm && at_ms >= from_ms) ++rings;
                    break;
                }
                default: break;
            }
        }
    }
    uint64_t ids = 0;
    std::optional<double> threshold;
    Strip strip;
    uint64_t rings = 0;
    std::map<std::string, AlarmState> states;
    std::unique_ptr<ThresholdEngine> engine;
};

/// The series that a comparison reads.
Result<model::Matchers> matchers_of(const SubExpression& sub) {
    model::Matchers out;
    out.push_back(TRY(model::Matcher::make(model::Matcher::Op::equal, std::string(model::METRIC_NAME), sub.metric)));
    for (const auto& [name, value] : sub.dimensions)
        out.push_back(TRY(model::Matcher::make(model::Matcher::Op::equal, name, value)));
    return out;
}

/// Samples of all comparisons in a range, by time; heads are given to series as they are met.
Status read_points(const query::MetricSource& source,
                   std::string_view tenant,
                   const AlarmExpression& expression,
                   model::TimeRange range,
                   std::map<std::string, model::HeadId>& heads,
                   std::vector<Point>& out,
                   query::Budget& budget) {
    out.clear();
    std::set<model::HeadId> read;
    model::SampleColumns samples;
    for (const SubExpression& sub : expression.subs) {
        const auto set = TRY(source.select(tenant, TRY(matchers_of(sub)), range, budget));
        for (size_t i = 0; i < set->series().size(); ++i) {
            const std::string labels(set->series()[i].labels.bytes());
            const model::HeadId head = heads.try_emplace(labels, heads.size() + 1).first->second;
            if (!read.insert(head).second) continue;  // of another comparison, too
            TRY(set->read(i, range, samples, budget));
            TRY(budget.charge_memory(samples.size() * sizeof(Point)));
            for (size_t k = 0; k < samples.size(); ++k)
                if (!std::isnan(samples.values[k]))
                    out.push_back({.time_ms = samples.times_ms[k], .head = head, .value = samples.values[k]});
        }
    }
    std::sort(out.begin(), out.end(),
              [](const Point& a, const Point& b) { return std::tie(a.time_ms, a.head) < std::tie(b.time_ms, b.head); });
    return {};
}

}  // namespace

Result<Backtest> backtest_threshold(const BacktestParts& parts, const BacktestRequest& request, query::Budget& budget) {
    const ThresholdConfig& config = parts.threshold;
    const AlarmExpression expression = TRY(parse_alarm_expression(request.definition.expression, config.limits));
    if (expression.subs.size() != 1 && !request.also.empty())
        return make_error(Code::invalid, "other thresholds can be tried only where the expression is one comparison");
    int64_t lead_ms = 0;
    for (const SubExpression& sub : expression.subs)
        lead_ms = std::max(lead_ms, (sub.times + 1) * sub.period_s * 1'000);
    const int64_t start_ms = (request.range.from_ms - lead_ms - config.delay_ms) / 60'000 * 60'000;
    std::vector<std::unique_ptr<Run>> runs;
    const auto add = [&](std::optional<double> threshold) {
        catalog::AlarmDefinition definition = request.definition;
        if (definition.id.empty()) definition.id = "backtest";
        if (definition.name.empty()) definition.name = "backtest";
        if (threshold) {
            AlarmExpression changed = expression;
            changed.subs[0].threshold = *threshold;
            definition.expression = print(changed);
        }
        runs.push_back(std::make_unique<Run>(definition, config, request.range.from_ms, start_ms));
        if (expression.subs.size() == 1) runs.back()->threshold = threshold.value_or(expression.subs[0].threshold);
    };
    add(std::nullopt);
    for (const double threshold : request.also)
        add(threshold);

    Backtest out;
    out.range = request.range;
    std::map<std::string, model::HeadId> heads;
    std::vector<Point> points;
    int64_t played_to_ms = start_ms;
    const auto give_up = [&](std::string why) {
        out.complete = false;
        out.why = std::move(why);
        out.range.to_ms = std::clamp(played_to_ms, request.range.from_ms, request.range.to_ms);
    };
    for (int64_t from_ms = start_ms; from_ms < request.range.to_ms && out.complete; from_ms += CHUNK_MS) {
        const int64_t to_ms = std::min(from_ms + CHUNK_MS, request.range.to_ms);
        const Status done = read_points(parts.source, request.definition.tenant, expression,
                                        {.from_ms = from_ms, .to_ms = to_ms}, heads, points, budget);
        if (!done.ok()) {
            if (done.error().code != Code::exhausted && done.error().code != Code::timeout) return done.error();
            give_up(done.error().message);
            break;
        }
        std::vector<std::string_view> labels_by_head(heads.size() + 1);
        for (const auto& [labels, head] : heads)
            labels_by_head[head] = labels;
        const ThresholdEngine::LabelsOf labels_of = [&](std::span<const model::HeadId> ids,
                                                        const std::function<void(size_t, std::string_view)>& give) {
            for (size_t i = 0; i < ids.size(); ++i)
                give(i, labels_by_head[ids[i]]);
        };
        size_t next = 0;
        model::MetricBatch batch;
        for (int64_t now_ms = from_ms + STEP_MS; now_ms - STEP_MS < to_ms && out.complete; now_ms += STEP_MS) {
            batch.clear();
            for (; next < points.size() && points[next].time_ms < now_ms; ++next) {
                if (batch.times_ms.empty() || batch.times_ms.back() != points[next].time_ms)
                    batch.times_ms.push_back(points[next].time_ms);
                batch.ids.push_back(points[next].head);
                batch.time_index.push_back(static_cast<uint32_t>(batch.times_ms.size() - 1));
                batch.values.push_back(points[next].value);
            }
            for (const auto& run : runs) {
                if (!batch.ids.empty()) run->engine->apply(batch, now_ms, labels_of);
                run->engine->advance(now_ms);
                run->take(now_ms, request.range.from_ms);
                if (run->strip.size() > BACKTEST_SEGMENTS_MAX)
                    give_up(fmt::format("more than {} changes", BACKTEST_SEGMENTS_MAX));
            }
            played_to_ms = now_ms;
            if (now_ms % 60'000 == 0)
                if (const Status in_budget = budget.check(); !in_budget.ok()) give_up(in_budget.error().message);
        }
        budget.release_memory(points.size() * sizeof(Point));
    }
    out.series = heads.size();
    for (const auto& run : runs) {
        out.alarms = std::max(out.alarms, run->states.size());
        BacktestRun& made = out.runs.emplace_back();
        made.threshold = run->threshold;
        made.rings = run->rings;
        made.segments = run->strip.end(out.range.to_ms);
    }
    return out;
}

}  // namespace belfry::alarm
