#include "query/promql/fn.h"

namespace belfry::promql {
namespace {

// The labels an absent series would have had: those its matchers pin to one value.
model::Labels pinned_labels(const Expr& expr) {
    const Expr& inner = unwrap(expr);
    const VectorSelector* selector = try_as<VectorSelector>(inner);
    if (const auto* matrix = try_as<MatrixSelector>(inner)) selector = matrix->selector.get();
    model::LabelsBuilder labels;
    if (selector == nullptr) return labels.build();
    std::vector<std::string_view> seen;
    for (const model::Matcher& matcher : selector->matchers) {
        if (matcher.name() == model::METRIC_NAME) continue;
        const bool again = std::find(seen.begin(), seen.end(), matcher.name()) != seen.end();
        if (matcher.op() == model::Matcher::Op::equal && !again) {
            labels.set(matcher.name(), matcher.value());
            seen.push_back(matcher.name());
        } else {
            labels.erase(matcher.name());
        }
    }
    return labels.build();
}

// A row that is 1 where nothing was present.
RowsPtr absent_row(Exec& exec, const Expr& of, const Grid& grid, const std::vector<uint8_t>& present) {
    auto table = std::make_unique<Table>(grid);
    table->add({exec.arena().put(pinned_labels(of)), false});
    for (size_t i = 0; i < grid.count; i++)
        if (!present[i]) table->values(0)[i] = 1;
    table->drop_empty_rows();
    return table;
}

Result<RowsPtr> absent(Exec& exec, const Call& node, const Grid& grid) {
    const std::unique_ptr<Table> table = TRY(exec.table(*node.args[0], grid));
    std::vector<uint8_t> present(grid.count, 0);
    for (size_t row = 0; row < table->count(); row++)
        for (size_t i = 0; i < grid.count; i++)
            if (table->present(row, i)) present[i] = 1;
    return absent_row(exec, *node.args[0], grid, present);
}

Result<RowsPtr> absent_over_time(Exec& exec, const Call& node, const Grid& grid) {
    const RangeRowsPtr windows = TRY(exec.range(*node.args[0], grid));
    std::vector<uint8_t> present(grid.count, 0);
    Reader reader(exec.budget());
    for (size_t row = 0; row < windows->count(); row++) {
        RangeSeries series;
        TRY(windows->read(row, reader, series));
        const RangeCall call{.grid = grid, .reference = windows->reference(), .range_ms = windows->range_ms(), .params = {},
                             .at = {}, .labels = {}, .edges = RangeEdges::plain, .lookback_ms = 0, .reader = reader};
        for (const std::span<const int64_t> times : {series.times, series.histogram_times})
            slide(call, times, [&](size_t i, size_t from, size_t to) {
                if (from < to) present[i] = 1;
            });
    }
    return absent_row(exec, *node.args[0], grid, present);
}

Result<std::vector<double>> scalar(Exec& exec, const Call& node, const Grid& grid) {
    const std::unique_ptr<Table> table = TRY(exec.table(*node.args[0], grid));
    constexpr double NONE = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> out(grid.count, NONE);
    std::vector<uint8_t> floats(grid.count, 0);  // 0, 1, 2 = many
    for (size_t row = 0; row < table->count(); row++) {
        for (size_t i = 0; i < grid.count; i++) {
            const double value = table->values(row)[i];
            if (is_absent(value)) continue;
            out[i] = floats[i] == 0 ? value : NONE;
            floats[i] = floats[i] == 0 ? 1 : 2;
        }
    }
    return out;
}

// Histograms have no order: sorting leaves them out.
Result<std::unique_ptr<Table>> floats_only(Exec& exec, const Expr& expr, const Grid& grid) {
    std::unique_ptr<Table> table = TRY(exec.table(expr, grid));
    for (size_t row = 0; row < table->count(); row++) table->histograms(row).clear();
    table->drop_empty_rows();
    return table;
}

std::vector<size_t> row_numbers(const Table& table) {
    std::vector<size_t> order(table.count());
    for (size_t row = 0; row < order.size(); row++) order[row] = row;
    return order;
}

// Only an instant query has an order; in a range query it would be one a step.
template <bool DESCENDING>
Result<RowsPtr> sort(Exec& exec, const Call& node, const Grid& grid) {
    std::unique_ptr<Table> table = TRY(floats_only(exec, *node.args[0], grid));
    if (grid.count > 1) return RowsPtr(std::move(table));
    std::vector<size_t> order = row_numbers(*table);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        const double x = table->values(a)[0];
        const double y = table->values(b)[0];
        if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);  // NaN last in both directions
        return DESCENDING ? x > y : x < y;
    });
    table->reorder(order);
    return RowsPtr(std::move(table));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// As people sort: runs of digits by their number.
int compare_natural(std::string_view a, std::string_view b) {
    size_t i = 0;
    size_t j = 0;
    while (i < a.size() && j < b.size()) {
        if (is_digit(a[i]) && is_digit(b[j])) {
            while (i < a.size() && a[i] == '0') i++;
            while (j < b.size() && b[j] == '0') j++;
            size_t m = i;
            size_t n = j;
            while (m < a.size() && is_digit(a[m])) m++;
            while (n < b.size() && is_digit(b[n])) n++;
            if (m - i != n - j) return m - i < n - j ? -1 : 1;
            if (const int order = a.substr(i, m - i).compare(b.substr(j, n - j)); order != 0) return order;
            i = m;
            j = n;
        } else {
            if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]) ? -1 : 1;
            i++;
            j++;
        }
    }
    return static_cast<int>(i < a.size()) - static_cast<int>(j < b.size());
}

template <bool DESCENDING>
Result<RowsPtr> sort_by_label(Exec& exec, const Call& node, const Grid& grid) {
    std::vector<std::string> names;
    for (size_t k = 1; k < node.args.size(); k++) names.push_back(Exec::string(*node.args[k]));
    std::unique_ptr<Table> table = TRY(exec.table(*node.args[0], grid));
    if (grid.count > 1) return RowsPtr(std::move(table));
    std::vector<size_t> order = row_numbers(*table);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        const model::LabelsView x = table->head(a).labels;
        const model::LabelsView y = table->head(b).labels;
        for (const std::string& name : names) {
            const std::string_view own = x.get(name);
            const std::string_view other = y.get(name);
            if (own == other) continue;
            const int by_label = compare_natural(own, other);
            if (by_label != 0) return DESCENDING ? by_label > 0 : by_label < 0;
        }
        const int by_all = model::compare(x, y);
        return DESCENDING ? by_all > 0 : by_all < 0;
    });
    table->reorder(order);
    return RowsPtr(std::move(table));
}

}  // namespace

std::span<const Binding> vector_functions() {
    static const Binding BINDINGS[] = {
        {.id = FunctionId::absent, .vector = promql::absent},
        {.id = FunctionId::absent_over_time, .vector = promql::absent_over_time},
        {.id = FunctionId::scalar, .scalar = promql::scalar},
        {.id = FunctionId::sort, .vector = promql::sort<false>},
        {.id = FunctionId::sort_desc, .vector = promql::sort<true>},
        {.id = FunctionId::sort_by_label, .vector = promql::sort_by_label<false>},
        {.id = FunctionId::sort_by_label_desc, .vector = promql::sort_by_label<true>},
    };
    return BINDINGS;
}

}  // namespace belfry::promql
