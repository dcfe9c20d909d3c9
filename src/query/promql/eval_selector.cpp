#include "query/promql/eval_histogram.h"
#include "query/promql/exec.h"
#include "query/promql/fn.h"

namespace belfry::promql {
namespace {

// Assumed distance of samples, for the estimate of what reading a series costs.
constexpr int64_t SCRAPE_INTERVAL_GUESS_MS = 15'000;

// Earliest and latest reference time of a grid.
std::pair<int64_t, int64_t> reference_span(const ReferenceTime& reference, const Grid& grid) {
    return {reference.of(grid.start_ms), reference.of(grid.end_ms())};
}

size_t samples_guess(int64_t span_ms, const Grid& grid) {
    return grid.count + static_cast<size_t>(span_ms / SCRAPE_INTERVAL_GUESS_MS);
}

model::SelectHints hints_for(model::SelectHints::Use use, const ReferenceTime& reference, const Grid& grid, int64_t window_ms) {
    return {.use = use,
            .first_ms = reference.of(grid.start_ms),
            .step_ms = grid.count == 1 || reference.fixed ? 0 : grid.step_ms,
            .window_ms = window_ms};
}

// Marks every histogram of unknown history as a counter reset or as none.
void mark_resets(model::SampleColumns& samples) {
    using enum model::Histogram::ResetHint;
    const model::Histogram* before = nullptr;
    for (HistogramPtr& histogram : samples.histograms) {
        if (!histogram) continue;
        if (before && histogram->reset_hint == unknown) {
            auto marked = std::make_shared<model::Histogram>(*histogram);
            marked->reset_hint = is_histogram_reset(*before, *histogram) ? reset : not_reset;
            histogram = std::move(marked);
        }
        before = histogram.get();
    }
}

// How one selector reads its series.
struct Reading {
    SelectorShows shows = SelectorShows::value;
    bool smoothed = false;
    bool mark_resets = false;
    Span at;
};

class SelectorRows : public Rows {
  public:
    SelectorRows(std::shared_ptr<const query::SeriesSet> set, const Grid& grid, ReferenceTime reference, int64_t lookback_ms,
                 const Reading& reading)
        : Rows(grid), set_(std::move(set)), reference_(reference), lookback_ms_(lookback_ms), reading_(reading) {
        heads_.reserve(set_->series().size());
        for (const query::SelectedSeries& series : set_->series()) heads_.push_back({series.labels, drops_name(reading.shows)});
        const auto [from, to] = reference_span(reference, grid);
        range_ = {from - lookback_ms + 1, to + 1 + (reading.smoothed ? lookback_ms : 0)};
    }

    [[nodiscard]] size_t cost() const override { return samples_guess(range_.to_ms - range_.from_ms, grid_); }

    [[nodiscard]] Status read(size_t row, Reader& reader, Cells out) const override {
        model::SampleColumns& samples = reader.samples;
        out.histograms->clear();
        const model::CoarseSamples coarse = set_->coarse(row);
        if (coarse.span_ms > 0) {
            model::TimeRange range = range_;
            range.from_ms -= coarse.span_ms;
            TRY(set_->read(row, range, samples, reader.budget));
            if (read_newest(samples, out, coarse))
                note_resolution(reader.annotations, coarse.span_ms, heads_[row].labels, reading_.at);
            return {};
        }
        if (grid_.count == 1 && !reading_.smoothed && !reading_.mark_resets) {
            TRY(set_->read_newest(row, range_, reading_.shows == SelectorShows::value || reading_.shows == SelectorShows::start_time, samples, reader.budget));
            read_newest(samples, out);
            return {};
        }
        TRY(set_->read(row, range_, samples, reader.budget));
        if (reading_.mark_resets && !samples.histograms.empty()) mark_resets(samples);
        if (reading_.smoothed) read_smoothed(heads_[row].labels, reader, out);
        else read_newest(samples, out);
        return {};
    }

  private:
    static bool drops_name(SelectorShows shows) { return shows == SelectorShows::time || shows == SelectorShows::start_time; }

    void put(const model::SampleColumns& samples, size_t at, Cells out, size_t i) const {
        if (reading_.shows == SelectorShows::time) {
            out.values[i] = static_cast<double>(samples.times_ms[at]) / 1000;
        } else if (reading_.shows == SelectorShows::start_time) {
            out.values[i] = samples.start_times_ms.empty() ? 0 : static_cast<double>(samples.start_times_ms[at]) / 1000;
        } else if (reading_.shows == SelectorShows::presence) {
            out.values[i] = 1;
        } else if (!samples.histograms.empty() && samples.histograms[at]) {
            out.set(i, samples.histograms[at]);
        } else {
            out.values[i] = samples.values[at];
        }
    }

    // The newest sample of (t - lookback, t], unless it is a stale marker.
    // Coarse samples live longer. True: one of them was shown.
    bool read_newest(const model::SampleColumns& samples, Cells out, const model::CoarseSamples& coarse = {}) const {
        const std::vector<int64_t>& times = samples.times_ms;
        bool any_coarse = false;
        size_t next = 0;  // first sample after t
        for (size_t i = 0; i < out.count; i++) {
            const int64_t t = reference_.of(grid_.at(i));
            while (next < times.size() && times[next] <= t) next++;
            out.values[i] = ABSENT;
            if (next == 0) continue;
            const bool is_coarse = times[next - 1] < coarse.until_ms;
            const int64_t life_ms = lookback_ms_ + (is_coarse ? coarse.span_ms : 0);
            if (times[next - 1] <= t - life_ms || stale(samples, next - 1)) continue;
            any_coarse = any_coarse || is_coarse;
            put(samples, next - 1, out, i);
        }
        return any_coarse;
    }

    // Between the neighbours of t, by time; the last one when none follows.
    void read_smoothed(model::LabelsView labels, Reader& reader, Cells out) const {
        const model::SampleColumns& samples = reader.samples;
        std::vector<size_t>& live = reader.indexes;
        live.clear();
        for (size_t k = 0; k < samples.size(); k++)
            if (!stale(samples, k)) live.push_back(k);
        const std::vector<int64_t>& times = samples.times_ms;
        size_t next = 0;  // of live: the first after t
        for (size_t i = 0; i < out.count; i++) {
            const int64_t t = reference_.of(grid_.at(i));
            while (next < live.size() && times[live[next]] <= t) next++;
            out.values[i] = ABSENT;
            if (next == 0) continue;
            const size_t a = live[next - 1];
            if (times[a] <= t - lookback_ms_) continue;
            const size_t b = next < live.size() ? live[next] : a;
            if (times[a] == t || a == b || times[b] > t + lookback_ms_) {
                put(samples, a, out, i);
                continue;
            }
            const double share = static_cast<double>(t - times[a]) / static_cast<double>(times[b] - times[a]);
            if (histogram(samples, a) != histogram(samples, b)) {
                reader.annotations.warn("encountered a mix of histograms and floats" + for_metric(labels.metric_name()), reading_.at);
            } else if (histogram(samples, a)) {
                smooth_histograms(*samples.histograms[a], *samples.histograms[b], share, labels, reader, out, i);
            } else {
                out.values[i] = samples.values[a] + (samples.values[b] - samples.values[a]) * share;
            }
        }
    }

    void smooth_histograms(const model::Histogram& a, const model::Histogram& b, double share, model::LabelsView labels,
                           Reader& reader, Cells out, size_t i) const {
        if (has_custom_bounds(a) != has_custom_bounds(b)) {
            reader.annotations.warn("vector contains a mix of histograms with exponential and custom buckets schemas" +
                                        for_metric(labels.metric_name()),
                                    reading_.at);
            return;
        }
        const bool counter = a.reset_hint != model::Histogram::ResetHint::gauge && b.reset_hint != model::Histogram::ResetHint::gauge;
        HistogramNotes notes;
        // After a reset the counter grows from nothing.
        if (counter && is_histogram_reset(a, b)) out.set(i, scaled_histogram(b, share));
        else out.set(i, histogram_between(a, b, share, notes));
    }

    static bool histogram(const model::SampleColumns& samples, size_t at) {
        return !samples.histograms.empty() && samples.histograms[at] != nullptr;
    }

    static bool stale(const model::SampleColumns& samples, size_t at) {
        return model::is_stale(samples.values[at]) && (samples.histograms.empty() || !samples.histograms[at]);
    }

    std::shared_ptr<const query::SeriesSet> set_;
    ReferenceTime reference_;
    int64_t lookback_ms_;
    Reading reading_;
    model::TimeRange range_;
};

class MatrixRows : public RangeRows {
  public:
    MatrixRows(std::shared_ptr<const query::SeriesSet> set, const Grid& grid, ReferenceTime reference, int64_t range_ms,
               model::TimeRange read_range, bool mark, bool by_records, Span at)
        : RangeRows(grid, reference, range_ms), set_(std::move(set)), read_range_(read_range), mark_resets_(mark),
          by_records_(by_records), at_(at) {
        heads_.reserve(set_->series().size());
        for (const query::SelectedSeries& series : set_->series()) heads_.push_back({series.labels, false});
    }
    [[nodiscard]] size_t cost() const override { return samples_guess(read_range_.to_ms - read_range_.from_ms, grid_); }

    [[nodiscard]] Status read(size_t row, Reader& reader, RangeSeries& out) const override {
        model::SampleColumns& samples = reader.samples;
        TRY(set_->read(row, read_range_, samples, reader.budget));
        const model::CoarseSamples coarse = set_->coarse(row);
        if (coarse.span_ms > 0 && !samples.empty() && samples.times_ms.front() < coarse.until_ms)
            note_resolution(reader.annotations, coarse.span_ms, heads_[row].labels, at_);
        if (!samples.histograms.empty()) {
            if (mark_resets_) mark_resets(samples);
            split(samples, reader, out);
            return {};
        }
        drop_stale(samples);
        out = {samples.times_ms, samples.values, {}, {}, samples.start_times_ms, {}};
        return {};
    }

    [[nodiscard]] Result<bool> read_records(size_t row, Reader& reader) const override {
        if (!by_records_) return false;
        return set_->read_records(row, read_range_, reader.records, reader.budget);
    }

  private:
    static void drop_stale(model::SampleColumns& samples) {
        size_t kept = 0;
        const size_t count = samples.size();
        while (kept < count && !model::is_stale(samples.values[kept])) kept++;
        if (kept == count) return;
        for (size_t k = kept; k < count; k++) {
            if (model::is_stale(samples.values[k])) continue;
            samples.times_ms[kept] = samples.times_ms[k];
            if (!samples.start_times_ms.empty()) samples.start_times_ms[kept] = samples.start_times_ms[k];
            samples.values[kept++] = samples.values[k];
        }
        samples.times_ms.resize(kept);
        samples.values.resize(kept);
        if (!samples.start_times_ms.empty()) samples.start_times_ms.resize(kept);
    }

    static void split(const model::SampleColumns& samples, Reader& reader, RangeSeries& out) {
        reader.float_times.clear();
        reader.float_values.clear();
        reader.histogram_times.clear();
        reader.histograms.clear();
        reader.float_starts.clear();
        reader.histogram_starts.clear();
        const bool starts = !samples.start_times_ms.empty();
        for (size_t k = 0; k < samples.size(); k++) {
            if (samples.histograms[k]) {
                reader.histogram_times.push_back(samples.times_ms[k]);
                reader.histograms.push_back(samples.histograms[k]);
                if (starts) reader.histogram_starts.push_back(samples.start_times_ms[k]);
            } else if (!model::is_stale(samples.values[k])) {
                reader.float_times.push_back(samples.times_ms[k]);
                reader.float_values.push_back(samples.values[k]);
                if (starts) reader.float_starts.push_back(samples.start_times_ms[k]);
            }
        }
        out = {reader.float_times, reader.float_values, reader.histogram_times, reader.histograms, reader.float_starts, reader.histogram_starts};
    }

    std::shared_ptr<const query::SeriesSet> set_;
    model::TimeRange read_range_;
    bool mark_resets_;
    bool by_records_;
    Span at_;
};

}  // namespace

Result<RowsPtr> eval_selector(Exec& exec, const VectorSelector& node, const Grid& grid, SelectorShows shows) {
    const ReferenceTime reference = reference_time(node.at_time, node.offset);
    const int64_t lookback_ms = exec.setup().options.lookback_ms;
    const bool smoothed = node.edges == RangeEdges::smoothed;
    const auto [from, to] = reference_span(reference, grid);
    const bool newest = !smoothed && !exec.observe_resets() && shows != SelectorShows::start_time;
    const auto use = newest ? model::SelectHints::Use::newest : model::SelectHints::Use::samples;
    auto set = TRY(exec.select(node.matchers, from - lookback_ms + 1, to + (smoothed ? lookback_ms : 0),
                               hints_for(use, reference, grid, lookback_ms)));
    return RowsPtr(std::make_unique<SelectorRows>(
        std::move(set), grid, reference, lookback_ms, Reading{shows, smoothed, exec.observe_resets(), node.at}));
}

Result<RangeRowsPtr> eval_matrix_selector(Exec& exec, const MatrixSelector& node, const Grid& grid, bool by_records) {
    const ReferenceTime reference = reference_time(node.selector->at_time, node.selector->offset);
    const auto [first, last] = reference_span(reference, grid);
    int64_t from = first - node.range_ms + 1;
    int64_t to = last;
    // Anchored and smoothed windows also want their neighbours, at most a lookback away.
    const int64_t lookback_ms = exec.setup().options.lookback_ms;
    // So does who tells resets: the first sample of a window has one before it.
    if (node.selector->edges != RangeEdges::plain || exec.observe_resets()) from -= lookback_ms;
    if (node.selector->edges == RangeEdges::smoothed) to += lookback_ms;
    by_records = by_records && node.selector->edges == RangeEdges::plain && !exec.observe_resets();
    const auto use = by_records ? model::SelectHints::Use::window : model::SelectHints::Use::samples;
    auto set = TRY(exec.select(node.selector->matchers, from, to, hints_for(use, reference, grid, node.range_ms)));
    return RangeRowsPtr(
        std::make_unique<MatrixRows>(std::move(set), grid, reference, node.range_ms, model::TimeRange{from, to + 1}, exec.observe_resets(), by_records,
        node.at));
}

}  // namespace belfry::promql
