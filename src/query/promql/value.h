#pragma once

#include "base/result.h"
#include "model/labels.h"
#include "model/sample.h"
#include "model/sample_record.h"
#include "query/budget.h"
#include "query/promql/annotations.h"

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace belfry::query {
class Workers;
}

namespace belfry::promql {

using HistogramPtr = std::shared_ptr<const model::Histogram>;

/// The times at which an expression is evaluated: count >= 1 of them.
struct Grid {
    int64_t start_ms = 0;
    int64_t step_ms = 1;
    size_t count = 1;
    [[nodiscard]] int64_t at(size_t i) const { return start_ms + static_cast<int64_t>(i) * step_ms; }
    [[nodiscard]] int64_t end_ms() const { return at(count - 1); }
};

/// "No float here": the bits of the stale marker, which no computation makes (arithmetic quiets the NaN) and which
/// selectors never let through. So a row needs no second column for presence.
inline constexpr double ABSENT = std::bit_cast<double>(model::STALE_NAN_BITS);
[[nodiscard]] inline bool is_absent(double value) { return model::is_stale(value); }

/// Where one row of `grid.count` cells is written. A cell is a float, or absent with a histogram, or absent.
struct Cells {
    double* values = nullptr;
    /// Empty when the row has no histogram, else one a cell. Given empty; `set` sizes it.
    std::vector<HistogramPtr>* histograms = nullptr;
    size_t count = 0;

    void set(size_t i, HistogramPtr histogram) const {
        if (histograms->empty()) histograms->resize(count);
        values[i] = ABSENT;
        (*histograms)[i] = std::move(histogram);
    }
    [[nodiscard]] bool has_histograms() const { return !histograms->empty(); }
    [[nodiscard]] bool present(size_t i) const {
        return !is_absent(values[i]) || (!histograms->empty() && (*histograms)[i] != nullptr);
    }
    void clear() const {
        std::fill_n(values, count, ABSENT);
        histograms->clear();
    }
};

/// What one thread needs to read rows: buffers that are used again for the next row, and its own annotations.
struct Reader {
    explicit Reader(query::Budget& budget_of_query) : budget(budget_of_query) {}
    query::Budget& budget;  // outlives this
    Annotations annotations;
    model::SampleColumns samples;
    model::SampleRecords records;
    std::vector<int64_t> float_times;  // when a series mixes floats and histograms: its floats
    std::vector<double> float_values;
    std::vector<int64_t> histogram_times;
    std::vector<HistogramPtr> histograms;
    std::vector<int64_t> float_starts;
    std::vector<int64_t> histogram_starts;
    std::vector<double> work;
    std::vector<double> work2;
    std::vector<size_t> indexes;
    std::vector<HistogramPtr> row_histograms;
};

/// Series of an instant vector over a grid. Rows are computed when read, so that an aggregation can take each and forget
/// it; `read` of different rows may run on several threads, each with its own Reader.
class Rows {
  public:
    struct Head {
        model::LabelsView labels;  // valid as long as the query (series sets and the label arena)
        bool drop_name = false;    // the metric name goes at the very end (late name removal)
    };

    explicit Rows(const Grid& grid) : grid_(grid) {}
    virtual ~Rows() = default;
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    [[nodiscard]] const Grid& grid() const { return grid_; }
    [[nodiscard]] size_t count() const { return heads_.size(); }
    [[nodiscard]] const Head& head(size_t row) const { return heads_[row]; }
    [[nodiscard]] std::span<const Head> heads() const { return heads_; }
    /// Samples one row costs to read, roughly: decides how the work is split.
    [[nodiscard]] virtual size_t cost() const { return grid_.count; }

    /// Writes every cell of `out`.
    [[nodiscard]] virtual Status read(size_t row, Reader& reader, Cells out) const = 0;

  protected:
    Grid grid_;
    std::vector<Head> heads_;
};
using RowsPtr = std::unique_ptr<Rows>;

/// Rows in memory.
class Table : public Rows {
  public:
    explicit Table(const Grid& grid) : Rows(grid) {}

    /// Adds a row of absent cells.
    size_t add(Head head);
    /// Makes `heads` the rows, all absent.
    void assign(std::vector<Head> heads);

    [[nodiscard]] double* values(size_t row) { return values_.data() + row * grid_.count; }
    [[nodiscard]] const double* values(size_t row) const { return values_.data() + row * grid_.count; }
    /// Empty when the row has none.
    [[nodiscard]] std::vector<HistogramPtr>& histograms(size_t row) { return histograms_[row]; }
    [[nodiscard]] const std::vector<HistogramPtr>& histograms(size_t row) const { return histograms_[row]; }
    [[nodiscard]] Cells cells(size_t row) { return {values(row), &histograms_[row], grid_.count}; }
    [[nodiscard]] const HistogramPtr& histogram(size_t row, size_t i) const {
        static const HistogramPtr none;
        return histograms_[row].empty() ? none : histograms_[row][i];
    }
    [[nodiscard]] bool present(size_t row, size_t i) const {
        return !is_absent(values(row)[i]) || (!histograms_[row].empty() && histograms_[row][i] != nullptr);
    }
    [[nodiscard]] bool row_empty(size_t row) const;
    void set_head(size_t row, Head head) { heads_[row] = head; }

    [[nodiscard]] Status read(size_t row, Reader& reader, Cells out) const override;

    /// Removes rows without any present cell; the order stays.
    void drop_empty_rows();
    /// Puts rows in the order of `order` (a permutation, or a selection).
    void reorder(const std::vector<size_t>& order);

  private:
    std::vector<double> values_;
    std::vector<std::vector<HistogramPtr>> histograms_;  // one a row
};

/// Calls `visit(reader, row, part)` for every row, rows split into `parts` runs that work at the same time; the first
/// error (by row order of runs) is returned. Annotations of all readers are added to `annotations`.
[[nodiscard]] Status for_each_row(const Rows& rows, size_t parts, query::Workers& workers, query::Budget& budget,
                                  Annotations& annotations,
                                  const std::function<Status(Reader&, size_t row, size_t part)>& visit);
/// How many parts the work on these rows is worth: 1, or the width of the workers.
[[nodiscard]] size_t parts_for(const Rows& rows, const query::Workers& workers);

/// All rows in memory, without the empty ones. Charges the budget.
[[nodiscard]] Result<std::unique_ptr<Table>> materialise(RowsPtr rows, query::Workers& workers, query::Budget& budget,
                                                         Annotations& annotations);

/// Changes the cells of another Rows one by one: `f(value, i)` gives the new float, ABSENT removes it. Histograms vanish.
template <typename F>
class MapRows : public Rows {
  public:
    MapRows(RowsPtr inner, bool drop_name, F f) : Rows(inner->grid()), inner_(std::move(inner)), f_(std::move(f)) {
        heads_.assign(inner_->heads().begin(), inner_->heads().end());
        if (drop_name)
            for (Head& head : heads_) head.drop_name = true;
    }
    [[nodiscard]] size_t cost() const override { return inner_->cost(); }
    [[nodiscard]] Status read(size_t row, Reader& reader, Cells out) const override {
        TRY(inner_->read(row, reader, out));
        for (size_t i = 0; i < out.count; i++)
            if (!is_absent(out.values[i])) out.values[i] = f_(out.values[i], i);
        out.histograms->clear();
        return {};
    }

  private:
    RowsPtr inner_;
    F f_;
};

template <typename F>
[[nodiscard]] RowsPtr map_rows(RowsPtr inner, bool drop_name, F f) {
    return std::make_unique<MapRows<F>>(std::move(inner), drop_name, std::move(f));
}

/// One cell for every step of a longer grid (step-invariant parts are computed once).
[[nodiscard]] RowsPtr repeat_rows(std::unique_ptr<Table> once, const Grid& grid);

}  // namespace belfry::promql
