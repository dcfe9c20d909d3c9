#include "query/promql/value.h"

#include "query/workers.h"

namespace belfry::promql {
namespace {

// Below this many samples a second thread costs more than it saves (a wake-up is some 20 us).
constexpr size_t PARALLEL_SAMPLES_MIN = 20'000;
// Rows between two looks at the clock and the cancellation.
constexpr size_t ROWS_PER_CHECK = 64;

class RepeatRows : public Rows {
  public:
    RepeatRows(std::unique_ptr<Table> once, const Grid& grid) : Rows(grid), once_(std::move(once)) {
        heads_.assign(once_->heads().begin(), once_->heads().end());
    }
    [[nodiscard]] Status read(size_t row, Reader&, Cells out) const override {
        std::fill_n(out.values, out.count, once_->values(row)[0]);
        out.histograms->clear();
        if (const HistogramPtr& histogram = once_->histogram(row, 0)) out.histograms->assign(out.count, histogram);
        return {};
    }

  private:
    std::unique_ptr<Table> once_;
};

}  // namespace

size_t Table::add(Head head) {
    heads_.push_back(head);
    values_.resize(values_.size() + grid_.count, ABSENT);
    histograms_.emplace_back();
    return heads_.size() - 1;
}

void Table::assign(std::vector<Head> heads) {
    heads_ = std::move(heads);
    values_.assign(heads_.size() * grid_.count, ABSENT);
    histograms_.assign(heads_.size(), {});
}

bool Table::row_empty(size_t row) const {
    for (size_t i = 0; i < grid_.count; i++)
        if (present(row, i)) return false;
    return true;
}

Status Table::read(size_t row, Reader&, Cells out) const {
    std::copy_n(values(row), grid_.count, out.values);
    *out.histograms = histograms_[row];
    return {};
}

void Table::drop_empty_rows() {
    size_t kept = 0;
    for (size_t row = 0; row < heads_.size(); row++) {
        if (row_empty(row)) continue;
        if (kept != row) {
            heads_[kept] = heads_[row];
            std::copy_n(values(row), grid_.count, values(kept));
            histograms_[kept] = std::move(histograms_[row]);
        }
        kept++;
    }
    heads_.resize(kept);
    histograms_.resize(kept);
    values_.resize(kept * grid_.count);
}

void Table::reorder(const std::vector<size_t>& order) {
    std::vector<Head> heads;
    std::vector<double> all;
    std::vector<std::vector<HistogramPtr>> histograms;
    heads.reserve(order.size());
    all.reserve(order.size() * grid_.count);
    histograms.reserve(order.size());
    for (const size_t row : order) {
        heads.push_back(heads_[row]);
        all.insert(all.end(), values(row), values(row) + grid_.count);
        histograms.push_back(histograms_[row]);
    }
    heads_ = std::move(heads);
    values_ = std::move(all);
    histograms_ = std::move(histograms);
}

size_t parts_for(const Rows& rows, const query::Workers& workers) {
    if (rows.count() < 2 || rows.count() * rows.cost() < PARALLEL_SAMPLES_MIN) return 1;
    return std::min(rows.count(), workers.width());
}

Status for_each_row(const Rows& rows, size_t parts, query::Workers& workers, query::Budget& budget, Annotations& annotations,
                    const std::function<Status(Reader&, size_t row, size_t part)>& visit) {
    parts = std::max<size_t>(parts, 1);
    std::vector<Status> results(parts);
    std::vector<Annotations> notes(parts);
    std::atomic<bool> failed{false};
    workers.run(parts, [&](size_t part) {
        Reader reader(budget);
        const size_t from = rows.count() * part / parts;
        const size_t to = rows.count() * (part + 1) / parts;
        for (size_t row = from; row < to; row++) {
            if (row % ROWS_PER_CHECK == 0) {
                if (failed.load(std::memory_order_relaxed)) return;
                if (auto ok = budget.check(); !ok.ok()) {
                    results[part] = std::move(ok);
                    break;
                }
            }
            if (auto ok = visit(reader, row, part); !ok.ok()) {
                results[part] = std::move(ok);
                break;
            }
        }
        if (!results[part].ok()) failed.store(true, std::memory_order_relaxed);
        notes[part] = std::move(reader.annotations);
    });
    for (const Annotations& note : notes) annotations.merge(note);
    for (Status& result : results)
        if (!result.ok()) return std::move(result);
    return {};
}

Result<std::unique_ptr<Table>> materialise(RowsPtr rows, query::Workers& workers, query::Budget& budget,
                                           Annotations& annotations) {
    std::unique_ptr<Table> table;
    if (auto* in_memory = dynamic_cast<Table*>(rows.get())) {
        (void)rows.release();
        table.reset(in_memory);
        table->drop_empty_rows();
        return table;
    }
    TRY(budget.charge_memory(rows->count() * (rows->grid().count * sizeof(double) + sizeof(Rows::Head))));
    table = std::make_unique<Table>(rows->grid());
    table->assign({rows->heads().begin(), rows->heads().end()});
    // More parts than threads: rows differ in cost, and the result does not depend on the split.
    const size_t parts = parts_for(*rows, workers) == 1 ? 1 : std::min(rows->count(), workers.width() * 4);
    TRY(for_each_row(*rows, parts, workers, budget, annotations, [&](Reader& reader, size_t row, size_t) {
        return rows->read(row, reader, table->cells(row));
    }));
    table->drop_empty_rows();
    return table;
}

RowsPtr repeat_rows(std::unique_ptr<Table> once, const Grid& grid) {
    return std::make_unique<RepeatRows>(std::move(once), grid);
}

}  // namespace belfry::promql
