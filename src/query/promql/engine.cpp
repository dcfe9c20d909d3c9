#include "query/promql/engine.h"

#include "query/promql/exec.h"
#include "query/promql/parser.h"

namespace belfry::promql {
namespace {

struct Plan {
    Grid grid;
    int64_t end_ms = 0;
    int64_t step_ms = 0;  // 0: instant
};

model::SampleColumns present_samples(const Table& table, size_t row) {
    model::SampleColumns out;
    const size_t count = table.grid().count;
    const bool mixed = !table.histograms(row).empty();
    const double* values = table.values(row);
    size_t present = 0;
    for (size_t i = 0; i < count; i++) present += table.present(row, i) ? 1 : 0;
    out.times_ms.reserve(present);
    out.values.reserve(present);
    if (mixed) out.histograms.reserve(present);
    for (size_t i = 0; i < count; i++) {
        if (!table.present(row, i)) continue;
        out.times_ms.push_back(table.grid().at(i));
        out.values.push_back(is_absent(values[i]) ? 0 : values[i]);
        if (mixed) out.histograms.push_back(table.histogram(row, i));
    }
    return out;
}

// The samples of a range vector as they are stored: what `x[5m]` answers in an instant query.
Status answer_range_vector(Exec& exec, const Expr& expr, const Plan& plan, QueryResult& result) {
    const RangeRowsPtr windows = TRY(exec.range(expr, plan.grid));
    Reader reader(exec.budget());
    const int64_t end = windows->reference().of(plan.grid.start_ms);
    const int64_t start = end - windows->range_ms();
    for (size_t row = 0; row < windows->count(); row++) {
        RangeSeries series;
        TRY(windows->read(row, reader, series));
        model::SampleColumns samples;
        size_t f = 0;
        size_t h = 0;
        const bool mixed = !series.histogram_times.empty();
        while (f < series.times.size() || h < series.histogram_times.size()) {
            const bool is_float = h >= series.histogram_times.size() || (f < series.times.size() && series.times[f] < series.histogram_times[h]);
            const int64_t t = is_float ? series.times[f] : series.histogram_times[h];
            if (t > start && t <= end) {
                samples.times_ms.push_back(t);
                samples.values.push_back(is_float ? series.values[f] : 0);
                if (mixed) samples.histograms.push_back(is_float ? nullptr : series.histograms[h]);
            }
            (is_float ? f : h)++;
        }
        if (samples.empty()) continue;
        const Rows::Head& head = windows->heads()[row];
        std::string bytes(head.labels.bytes());
        if (head.drop_name) LabelFilter::all_but({}, true).apply(head.labels, bytes);
        result.series.push_back({model::Labels(model::LabelsView(bytes)), std::move(samples)});
    }
    return {};
}

Status answer(Exec& exec, const Expr& expr, const Plan& plan, QueryResult& result) {
    const bool instant = plan.step_ms == 0;
    result.time_ms = plan.grid.start_ms;
    if (!instant && (expr.type == ValueType::string || expr.type == ValueType::matrix)) {
        return make_error(Code::invalid, "invalid expression type \"{}\" for range query, must be Scalar or instant Vector",
                          describe(expr.type));
    }
    switch (expr.type) {
        case ValueType::string:
            result.kind = QueryResult::Kind::string;
            result.string = Exec::string(expr);
            return {};
        case ValueType::scalar: {
            const std::vector<double> values = TRY(exec.scalar(expr, plan.grid));
            if (instant) {
                result.kind = QueryResult::Kind::scalar;
                result.scalar = values[0];
                return {};
            }
            result.kind = QueryResult::Kind::matrix;
            ResultSeries series;
            series.samples.values = values;
            for (size_t i = 0; i < plan.grid.count; i++) series.samples.times_ms.push_back(plan.grid.at(i));
            result.series.push_back(std::move(series));
            return {};
        }
        case ValueType::matrix:
            result.kind = QueryResult::Kind::matrix;
            TRY(answer_range_vector(exec, expr, plan, result));
            break;
        default: {
            result.kind = instant ? QueryResult::Kind::vector : QueryResult::Kind::matrix;
            std::unique_ptr<Table> table = TRY(exec.table(expr, plan.grid));
            TRY(merge_equal_labels(exec, *table, true));
            result.series.reserve(table->count());
            for (size_t row = 0; row < table->count(); row++)
                result.series.push_back({model::Labels(table->head(row).labels), present_samples(*table, row)});
        }
    }
    if (result.kind == QueryResult::Kind::matrix) {
        std::sort(result.series.begin(), result.series.end(), [](const ResultSeries& a, const ResultSeries& b) {
            return model::compare(a.labels, b.labels) < 0;
        });
    }
    return {};
}

Result<QueryResult> run(const query::MetricSource& source, query::Workers& workers, const Expr& expr, std::string_view text,
                        const Plan& plan, const QueryOptions& options, query::Budget& budget) {
    ExprPtr tree = clone(expr);
    TRY(resolve_durations(*tree, {.step_ms = plan.step_ms, .range_ms = plan.end_ms - plan.grid.start_ms}, text));
    tree = prepare(std::move(tree), plan.grid.start_ms, plan.end_ms);
    Exec exec({.source = source,
               .workers = workers,
               .budget = budget,
               .options = options,
               .query_grid = plan.grid,
               .query_end_ms = plan.end_ms,
               .query_step_ms = plan.step_ms});
    QueryResult result;
    TRY(answer(exec, *tree, plan, result));
    result.warnings = exec.annotations().warnings(text);
    result.infos = exec.annotations().infos(text);
    result.stats = {.series = budget.series(), .samples = budget.samples(), .bytes = budget.bytes_read(), .elapsed_ms = budget.elapsed_ms()};
    return result;
}

}  // namespace

Result<QueryResult> Engine::run_instant(const Expr& expr, std::string_view text, int64_t time_ms, const QueryOptions& options,
                                        query::Budget& budget) const {
    return run(source_, workers_, expr, text, {.grid = {time_ms, 1, 1}, .end_ms = time_ms, .step_ms = 0}, options, budget);
}

Result<QueryResult> Engine::run_range(const Expr& expr, std::string_view text, QueryRange range, const QueryOptions& options,
                                      query::Budget& budget) const {
    if (range.step_ms <= 0) return make_error(Code::invalid, "the step of a range query must be positive");
    if (range.end_ms < range.start_ms) return make_error(Code::invalid, "the end of a range query must not be before its start");
    int64_t length = 0;
    if (__builtin_sub_overflow(range.end_ms, range.start_ms, &length) || length / range.step_ms >= STEPS_MAX) {
        return make_error(Code::invalid,
                          "exceeded maximum resolution of {} points per timeseries. Try decreasing the query resolution (?step=XX)",
                          STEPS_MAX);
    }
    const Grid grid{range.start_ms, range.step_ms, static_cast<size_t>(length / range.step_ms) + 1};
    return run(source_, workers_, expr, text, {.grid = grid, .end_ms = range.end_ms, .step_ms = range.step_ms}, options, budget);
}

Result<QueryResult> Engine::run_instant(std::string_view text, int64_t time_ms, const QueryOptions& options,
                                        query::Budget& budget) const {
    const ExprPtr expr = TRY(parse(text));
    return run_instant(*expr, text, time_ms, options, budget);
}

Result<QueryResult> Engine::run_range(std::string_view text, QueryRange range, const QueryOptions& options,
                                      query::Budget& budget) const {
    const ExprPtr expr = TRY(parse(text));
    return run_range(*expr, text, range, options, budget);
}

}  // namespace belfry::promql
