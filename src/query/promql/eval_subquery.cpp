#include "query/promql/exec.h"

namespace belfry::promql {
namespace {

// The inner expression over its own grid, in memory; a series' samples are its present cells.
class SubqueryRows : public RangeRows {
  public:
    SubqueryRows(std::unique_ptr<Table> table, const Grid& grid, ReferenceTime reference, int64_t range_ms)
        : RangeRows(grid, reference, range_ms), table_(std::move(table)) {
        if (!table_) return;
        heads_.assign(table_->heads().begin(), table_->heads().end());
        for (size_t row = 0; row < table_->count(); row++)
            for (HistogramPtr& histogram : table_->histograms(row)) forget_hint(histogram);
        times_.resize(table_->grid().count);
        for (size_t i = 0; i < times_.size(); i++) times_[i] = table_->grid().at(i);
    }
    [[nodiscard]] size_t cost() const override { return grid_.count + times_.size(); }

    [[nodiscard]] Status read(size_t row, Reader& reader, RangeSeries& out) const override {
        const double* values = table_->values(row);
        const bool floats_only = table_->histograms(row).empty();
        if (floats_only && std::none_of(values, values + times_.size(), is_absent)) {
            out = {times_, {values, times_.size()}, {}, {}};
            return {};
        }
        reader.float_times.clear();
        reader.float_values.clear();
        reader.histogram_times.clear();
        reader.histograms.clear();
        for (size_t i = 0; i < times_.size(); i++) {
            if (!is_absent(values[i])) {
                reader.float_times.push_back(times_[i]);
                reader.float_values.push_back(values[i]);
            } else if (const HistogramPtr& histogram = table_->histogram(row, i)) {
                reader.histogram_times.push_back(times_[i]);
                reader.histograms.push_back(histogram);
            }
        }
        out = {reader.float_times, reader.float_values, reader.histogram_times, reader.histograms};
        return {};
    }

  private:
    // A sample may be seen at several steps or not at all: only its buckets tell whether the counter was reset between two.
    static void forget_hint(HistogramPtr& histogram) {
        using enum model::Histogram::ResetHint;
        if (!histogram || histogram->reset_hint == unknown || histogram->reset_hint == gauge) return;
        auto copy = std::make_shared<model::Histogram>(*histogram);
        copy->reset_hint = unknown;
        histogram = std::move(copy);
    }

    std::unique_ptr<Table> table_;
    std::vector<int64_t> times_;
};

// The first multiple of step after `from`; windows are left-open.
int64_t first_after(int64_t from, int64_t step) {
    int64_t at = from / step * step;  // towards zero
    while (at <= from) at += step;
    return at;
}

}  // namespace

Result<RangeRowsPtr> eval_subquery(Exec& exec, const Subquery& node, const Grid& grid) {
    const ReferenceTime reference = reference_time(node.at_time, node.offset);
    const int64_t step_ms = node.step_ms > 0 ? node.step_ms : exec.setup().options.default_step_ms;
    const int64_t start = first_after(reference.of(grid.start_ms) - node.range_ms, step_ms);
    const int64_t end = reference.of(grid.end_ms());
    std::unique_ptr<Table> table;
    if (start <= end) {
        const Grid inner{start, step_ms, static_cast<size_t>((end - start) / step_ms) + 1};
        if (inner.count > SUBQUERY_STEPS_MAX) {
            return make_error(Code::exhausted, "a subquery of more than {} steps: choose a longer step or a shorter range",
                              SUBQUERY_STEPS_MAX);
        }
        const Exec::ObserveResets scope(exec, false);
        table = TRY(exec.table(*node.expr, inner));
    }
    return RangeRowsPtr(std::make_unique<SubqueryRows>(std::move(table), grid, reference, node.range_ms));
}

}  // namespace belfry::promql
