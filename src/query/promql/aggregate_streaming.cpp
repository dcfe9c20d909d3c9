#include "query/promql/aggregate.h"
#include "query/promql/eval_histogram.h"
#include "query/promql/value_sum.h"

namespace belfry::promql {
namespace {

// Accumulators of all groups and steps, by column so that a row runs over plain arrays.
struct Accumulators {
    std::vector<double> first;     // sum, mean, extreme
    std::vector<double> second;    // what rounding lost of it, or the sum of squared deviations
    std::vector<uint32_t> counts;  // floats seen
    std::vector<uint8_t> running;  // avg: the sum has overflowed, `first` is a running mean (empty while nowhere)

    // Histograms by cell, where there are any: kept until the end, because what they sum to depends on all of them.
    std::unordered_map<size_t, std::vector<HistogramPtr>> histograms;

    void prepare(AggregateOp op, size_t cells) {
        counts.assign(cells, 0);
        if (op == AggregateOp::count || op == AggregateOp::group) return;
        first.assign(cells, 0);
        if (op != AggregateOp::min && op != AggregateOp::max) second.assign(cells, 0);
    }
};

void add_compensated(double& sum, double& lost, double value) {
    CompensatedSum both{sum, lost};
    both.add(value);
    sum = both.sum;
    lost = both.lost;
}

void add_to_mean(Accumulators& acc, size_t at, double value) {
    const auto count = static_cast<double>(acc.counts[at]);  // with this value
    if (acc.running.empty() || !acc.running[at]) {
        CompensatedSum next{acc.first[at], acc.second[at]};
        next.add(value);
        if (!std::isinf(next.sum)) {
            acc.first[at] = next.sum;
            acc.second[at] = next.lost;
            return;
        }
        if (acc.running.empty()) acc.running.assign(acc.counts.size(), 0);
        acc.running[at] = 1;
        if (count > 1) {
            acc.first[at] /= count - 1;
            acc.second[at] /= count - 1;
        }
    }
    const double share = (count - 1) / count;
    CompensatedSum next{share * acc.first[at], share * acc.second[at]};
    next.add(value / count);
    acc.first[at] = next.sum;
    acc.second[at] = next.lost;
}

// Adds a row's floats to its group's cells, which begin at `base`.
void accumulate(AggregateOp op, Accumulators& acc, size_t base, const double* values, size_t count) {
    switch (op) {
        case AggregateOp::sum:
            for (size_t i = 0; i < count; i++) {
                if (is_absent(values[i])) continue;
                acc.counts[base + i]++;
                add_compensated(acc.first[base + i], acc.second[base + i], values[i]);
            }
            break;
        case AggregateOp::avg:
            for (size_t i = 0; i < count; i++) {
                if (is_absent(values[i])) continue;
                acc.counts[base + i]++;
                add_to_mean(acc, base + i, values[i]);
            }
            break;
        case AggregateOp::max:
            for (size_t i = 0; i < count; i++) {
                if (is_absent(values[i])) continue;
                double& best = acc.first[base + i];
                if (acc.counts[base + i]++ == 0 || values[i] > best || std::isnan(best)) best = values[i];
            }
            break;
        case AggregateOp::min:
            for (size_t i = 0; i < count; i++) {
                if (is_absent(values[i])) continue;
                double& best = acc.first[base + i];
                if (acc.counts[base + i]++ == 0 || values[i] < best || std::isnan(best)) best = values[i];
            }
            break;
        case AggregateOp::stddev:
        case AggregateOp::stdvar:
            for (size_t i = 0; i < count; i++) {
                if (is_absent(values[i])) continue;
                const size_t at = base + i;
                const double delta = values[i] - acc.first[at];
                acc.first[at] += delta / static_cast<double>(++acc.counts[at]);
                acc.second[at] += delta * (values[i] - acc.first[at]);
            }
            break;
        default:  // count, group
            for (size_t i = 0; i < count; i++)
                if (!is_absent(values[i])) acc.counts[base + i]++;
    }
}

// `from` saw the later rows.
void merge(AggregateOp op, Accumulators& into, Accumulators& from) {
    for (auto& [cell, histograms] : from.histograms) {
        std::vector<HistogramPtr>& own = into.histograms[cell];
        own.insert(own.end(), histograms.begin(), histograms.end());
    }
    for (size_t at = 0; at < into.counts.size(); at++) {
        if (from.counts[at] == 0) continue;
        const auto own = static_cast<double>(into.counts[at]);
        const auto other = static_cast<double>(from.counts[at]);
        switch (op) {
            case AggregateOp::max:
                if (own == 0 || from.first[at] > into.first[at] || std::isnan(into.first[at])) into.first[at] = from.first[at];
                break;
            case AggregateOp::min:
                if (own == 0 || from.first[at] < into.first[at] || std::isnan(into.first[at])) into.first[at] = from.first[at];
                break;
            case AggregateOp::sum: {
                CompensatedSum sum{into.first[at], into.second[at]};
                sum.add(CompensatedSum{from.first[at], from.second[at]});
                into.first[at] = sum.sum;
                into.second[at] = sum.lost;
                break;
            }
            case AggregateOp::avg: {
                const bool own_running = !into.running.empty() && into.running[at];
                const bool other_running = !from.running.empty() && from.running[at];
                CompensatedSum sum{into.first[at], into.second[at]};
                sum.add(CompensatedSum{from.first[at], from.second[at]});
                if (!own_running && !other_running && !std::isinf(sum.sum)) {
                    into.first[at] = sum.sum;
                    into.second[at] = sum.lost;
                    break;
                }
                if (into.running.empty()) into.running.assign(into.counts.size(), 0);
                into.running[at] = 1;
                const double a = own / (own + other) / (own_running || own == 0 ? 1 : own);
                const double b = other / (own + other) / (other_running ? 1 : other);
                CompensatedSum mean;
                if (own > 0) mean = {into.first[at] * a, into.second[at] * a};
                mean.add(CompensatedSum{from.first[at] * b, from.second[at] * b});
                into.first[at] = mean.sum;
                into.second[at] = mean.lost;
                break;
            }
            case AggregateOp::stddev:
            case AggregateOp::stdvar: {  // Chan, Golub, LeVeque: combining two samples
                if (own == 0) {
                    into.first[at] = from.first[at];
                    into.second[at] = from.second[at];
                    break;
                }
                const double delta = from.first[at] - into.first[at];
                into.second[at] += from.second[at] + delta * delta * own * other / (own + other);
                into.first[at] += delta * other / (own + other);
                break;
            }
            default: break;
        }
        into.counts[at] += from.counts[at];
    }
}

double finish(AggregateOp op, const Accumulators& acc, size_t at) {
    const auto count = static_cast<double>(acc.counts[at]);
    switch (op) {
        case AggregateOp::sum: return CompensatedSum{acc.first[at], acc.second[at]}.value();
        case AggregateOp::avg:
            if (!acc.running.empty() && acc.running[at]) return CompensatedSum{acc.first[at], acc.second[at]}.value();
            return acc.first[at] / count + acc.second[at] / count;
        case AggregateOp::max:
        case AggregateOp::min: return acc.first[at];
        case AggregateOp::stdvar: return acc.second[at] / count;
        case AggregateOp::stddev: return std::sqrt(acc.second[at] / count);
        case AggregateOp::group: return 1;
        default: return count;
    }
}

bool combines_histograms(AggregateOp op) { return op == AggregateOp::sum || op == AggregateOp::avg; }
bool counts_histograms(AggregateOp op) { return op == AggregateOp::count || op == AggregateOp::group; }

// The histograms of a row: kept, counted, or left out with a note.
void accumulate_histograms(const Aggregate& node, Accumulators& acc, size_t base, Cells row, Annotations& annotations) {
    for (size_t i = 0; i < row.count; i++) {
        HistogramPtr& histogram = (*row.histograms)[i];
        if (!histogram) continue;
        if (combines_histograms(node.op)) acc.histograms[base + i].push_back(std::move(histogram));
        else if (counts_histograms(node.op)) acc.counts[base + i]++;
        else note_histogram_ignored(annotations, node);
    }
}

// Writes the cells that have histograms; a cell with floats too gives nothing.
void finish_histograms(const Aggregate& node, const Accumulators& acc, Table& table, Annotations& annotations) {
    const size_t count = table.grid().count;
    const Span at = node.expr->at;
    for (const auto& [cell, histograms] : acc.histograms) {
        const size_t group = cell / count;
        const size_t i = cell % count;
        table.values(group)[i] = ABSENT;
        if (acc.counts[cell] > 0) {
            annotations.warn("encountered a mix of histograms and floats for aggregation", at);
            continue;
        }
        HistogramNotes notes;
        HistogramPtr result = node.op == AggregateOp::sum ? sum_of_histograms(histograms, notes) : mean_of_histograms(histograms, notes);
        if (notes.incompatible)
            annotations.warn("vector contains a mix of histograms with exponential and custom buckets schemas", at);
        if (notes.reconciled) annotations.info("mismatched custom buckets were reconciled during aggregation", at);
        if (notes.collision) annotations.warn("conflicting counter resets during histogram aggregation", at);
        if (result) table.cells(group).set(i, std::move(result));
    }
}

}  // namespace

Result<RowsPtr> aggregate_streaming(Exec& exec, const Aggregate& node, RowsPtr rows) {
    const Grid grid = rows->grid();
    const Grouping grouping = group_rows(exec, node, rows->heads());
    const size_t cells = grouping.heads.size() * grid.count;
    const size_t parts = parts_for(*rows, exec.workers());
    TRY(exec.budget().charge_memory(cells * parts * 2 * sizeof(double)));

    std::vector<Accumulators> accumulators(parts);
    std::vector<std::vector<double>> buffers(parts, std::vector<double>(grid.count));
    for (Accumulators& acc : accumulators) acc.prepare(node.op, cells);
    const AggregateOp op = node.op;
    TRY(for_each_row(*rows, parts, exec.workers(), exec.budget(), exec.annotations(),
                     [&](Reader& reader, size_t row, size_t part) -> Status {
                         reader.row_histograms.clear();
                         const Cells out{buffers[part].data(), &reader.row_histograms, grid.count};
                         TRY(rows->read(row, reader, out));
                         const size_t base = grouping.group_of[row] * grid.count;
                         accumulate(op, accumulators[part], base, out.values, grid.count);
                         if (out.has_histograms()) accumulate_histograms(node, accumulators[part], base, out, reader.annotations);
                         return {};
                     }));
    for (size_t part = 1; part < parts; part++) merge(op, accumulators[0], accumulators[part]);

    auto table = std::make_unique<Table>(grid);
    table->assign(grouping.heads);
    const Accumulators& acc = accumulators[0];
    for (size_t group = 0; group < grouping.heads.size(); group++)
        for (size_t i = 0; i < grid.count; i++)
            if (const size_t at = group * grid.count + i; acc.counts[at] > 0) table->values(group)[i] = finish(op, acc, at);
    if (!acc.histograms.empty()) finish_histograms(node, acc, *table, exec.annotations());
    table->drop_empty_rows();
    return RowsPtr(std::move(table));
}

}  // namespace belfry::promql
