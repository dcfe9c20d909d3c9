#include "query/promql/aggregate.h"
#include "query/promql/eval_histogram.h"
#include "query/promql/fn.h"
#include "query/promql/quantile.h"

#include "base/hash.h"

namespace belfry::promql {
namespace {

std::vector<std::vector<uint32_t>> rows_by_group(const Grouping& grouping) {
    std::vector<std::vector<uint32_t>> out(grouping.heads.size());
    for (uint32_t row = 0; row < grouping.group_of.size(); row++) out[grouping.group_of[row]].push_back(row);
    return out;
}

// NaN loses against everything, in both directions.
bool ranks_before(bool largest, double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
    return largest ? a > b : a < b;
}

// The parameter as a number of rows; the query fails on NaN and what no integer holds.
Result<std::vector<size_t>> row_limits(const std::vector<double>& param) {
    std::vector<size_t> out;
    out.reserve(param.size());
    for (const double p : param) {
        if (std::isnan(p)) return make_error(Code::internal, "Parameter value is NaN");
        if (p >= 9.2e18 || p <= -9.2e18) return make_error(Code::internal, "Scalar value {} overflows int64", format_g(p));
        out.push_back(p < 1 ? 0 : static_cast<size_t>(p));
    }
    return out;
}

// Any constant would do, but it must stay: limit_ratio picks the same series at every time and on every node.
constexpr uint64_t SAMPLING_SEED = 7;

// A series' place in [0, 1), even over all series.
double hash_share(model::LabelsView labels) {
    return static_cast<double>(hash64(labels.bytes(), SAMPLING_SEED) >> 11) * 0x1.0p-53;
}

}  // namespace

Result<RowsPtr> aggregate_select(Exec& exec, const Aggregate& node, std::unique_ptr<Table> table,
                                 const std::vector<double>& param) {
    const size_t count = table->grid().count;
    const bool ratio = node.op == AggregateOp::limit_ratio;
    std::vector<size_t> limits;
    if (!ratio) limits = TRY(row_limits(param));
    std::vector<double> ratios = param;
    if (ratio) {
        for (double& r : ratios) {
            if (std::isnan(r)) return make_error(Code::internal, "Ratio value is NaN");
            const double capped = std::clamp(r, -1.0, 1.0);
            if (capped != r)
                exec.annotations().warn(fmt::format("ratio value should be between -1 and 1, got {}, capping to {}", format_g(r),
                                                    format_g(capped)),
                                        node.param->at);
            r = capped;
        }
    }
    const bool by_value = node.op == AggregateOp::topk || node.op == AggregateOp::bottomk;
    const bool largest = node.op == AggregateOp::topk;
    const Grouping grouping = group_rows(exec, node, table->heads());
    const std::vector<std::vector<uint32_t>> groups = rows_by_group(grouping);

    std::vector<uint8_t> kept(table->count() * count, 0);
    std::vector<size_t> order;  // instant queries: rows as they rank
    std::vector<uint32_t> candidates;
    bool ignored_histogram = false;
    for (const std::vector<uint32_t>& rows : groups) {
        TRY(exec.budget().check());
        for (size_t i = 0; i < count; i++) {
            candidates.clear();
            for (const uint32_t row : rows) {
                if (by_value) {
                    if (!is_absent(table->values(row)[i])) candidates.push_back(row);
                    else ignored_histogram = ignored_histogram || table->present(row, i);
                } else if (table->present(row, i)) {
                    if (!ratio) candidates.push_back(row);
                    else if (const double share = hash_share(table->head(row).labels);
                             ratios[i] >= 0 ? share < ratios[i] : share >= 1 + ratios[i])
                        candidates.push_back(row);
                }
            }
            if (!ratio) {
                const size_t limit = std::min(limits[i], candidates.size());
                if (by_value) {
                    // Ties: the earlier row.
                    std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(limit), candidates.end(),
                                      [&](uint32_t a, uint32_t b) {
                                          const double x = table->values(a)[i];
                                          const double y = table->values(b)[i];
                                          if (ranks_before(largest, x, y)) return true;
                                          if (ranks_before(largest, y, x)) return false;
                                          return a < b;
                                      });
                }
                candidates.resize(limit);
            }
            for (const uint32_t row : candidates) {
                kept[row * count + i] = 1;
                if (count == 1) order.push_back(row);
            }
        }
    }
    if (ignored_histogram) note_histogram_ignored(exec.annotations(), node);
    for (size_t row = 0; row < table->count(); row++) {
        const Cells cells = table->cells(row);
        for (size_t i = 0; i < count; i++) {
            if (kept[row * count + i]) continue;
            cells.values[i] = ABSENT;
            if (cells.has_histograms()) (*cells.histograms)[i].reset();
        }
    }
    if (count == 1) table->reorder(order);
    else table->drop_empty_rows();
    return RowsPtr(std::move(table));
}

Result<RowsPtr> aggregate_quantile(Exec& exec, const Aggregate& node, std::unique_ptr<Table> table,
                                   const std::vector<double>& param) {
    const Grid grid = table->grid();
    warn_bad_quantiles(exec, param, node.param->at);
    const Grouping grouping = group_rows(exec, node, table->heads());
    const std::vector<std::vector<uint32_t>> groups = rows_by_group(grouping);
    auto out = std::make_unique<Table>(grid);
    out->assign(grouping.heads);
    std::vector<double> values;
    for (size_t group = 0; group < groups.size(); group++) {
        TRY(exec.budget().check());
        for (size_t i = 0; i < grid.count; i++) {
            values.clear();
            for (const uint32_t row : groups[group]) {
                const double value = table->values(row)[i];
                if (!is_absent(value)) values.push_back(value);
                else if (table->present(row, i)) note_histogram_ignored(exec.annotations(), node);
            }
            if (!values.empty()) out->values(group)[i] = quantile(param[i], values);
        }
    }
    out->drop_empty_rows();
    return RowsPtr(std::move(out));
}

Result<RowsPtr> aggregate_count_values(Exec& exec, const Aggregate& node, std::unique_ptr<Table> table) {
    const Grid grid = table->grid();
    const std::string& label = Exec::string(*node.param);
    if (!is_label_name(label)) return make_error(Code::internal, "invalid label name {}", quoted_text(label));
    const Grouping grouping = group_rows(exec, node, table->heads());
    auto out = std::make_unique<Table>(grid);
    LabelIndex sets(exec.arena());
    model::LabelsBuilder builder;
    for (size_t row = 0; row < table->count(); row++) {
        const Rows::Head& group = grouping.heads[grouping.group_of[row]];
        const double* values = table->values(row);
        std::string last_text;
        uint32_t last_number = LabelIndex::NONE;
        for (size_t i = 0; i < grid.count; i++) {
            if (!table->present(row, i)) continue;
            const HistogramPtr& histogram = table->histogram(row, i);
            std::string text = histogram ? describe_histogram(*histogram) : format_plain(values[i]);
            if (last_number == LabelIndex::NONE || text != last_text) {
                builder.reset(group.labels);
                builder.set(label, text);
                last_number = sets.find_or_add(builder.build().bytes());
                if (last_number == out->count()) {
                    TRY(exec.budget().charge_memory(grid.count * sizeof(double)));
                    out->add({sets.labels(last_number), group.drop_name && label != model::METRIC_NAME});
                }
                last_text = std::move(text);
            }
            double& cell = out->values(last_number)[i];
            cell = is_absent(cell) ? 1 : cell + 1;
        }
    }
    return RowsPtr(std::move(out));
}

}  // namespace belfry::promql
