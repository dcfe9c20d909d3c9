#include "query/promql/eval_histogram.h"
#include "query/promql/fn.h"
#include "query/promql/quantile_bucket.h"
#include "query/promql/quantile_native.h"

#include "base/number.h"

namespace belfry::promql {
namespace {

constexpr std::string_view BUCKET_LABEL = "le";

// One histogram of the input: the rows of its classic buckets, ascending by `le`, or the row of a native one (or both,
// which is a mistake of the sender).
struct HistogramGroup {
    model::LabelsView labels;  // without le; two metrics are two histograms, though the name goes in the end
    std::string_view name;
    std::vector<std::pair<double, uint32_t>> rows;  // upper bound, row
    std::vector<uint32_t> native;
};

std::vector<HistogramGroup> group_histograms(Exec& exec, const Table& table, Span at) {
    const LabelFilter without_bound = LabelFilter::all_but({std::string(BUCKET_LABEL)}, false);
    const LabelFilter with_bound = LabelFilter::all_but({}, false);
    LabelIndex index(exec.arena());
    std::vector<HistogramGroup> groups;
    std::string bytes;
    const auto group_for = [&](const LabelFilter& filter, model::LabelsView labels) -> HistogramGroup& {
        filter.apply(labels, bytes);
        const uint32_t number = index.find_or_add(bytes);
        if (number == groups.size()) groups.push_back({index.labels(number), labels.metric_name(), {}, {}});
        return groups[number];
    };
    for (uint32_t row = 0; row < table.count(); row++) {
        const model::LabelsView labels = table.head(row).labels;
        if (!table.histograms(row).empty()) group_for(with_bound, labels).native.push_back(row);
        const bool has_floats =
            std::any_of(table.values(row), table.values(row) + table.grid().count, [](double v) { return !is_absent(v); });
        if (!has_floats) continue;
        const std::string_view text = labels.get(BUCKET_LABEL);
        if (const std::optional<double> bound = parse_double(text)) {
            group_for(without_bound, labels).rows.emplace_back(*bound, row);
            continue;
        }
        exec.annotations().warn(fmt::format("bucket label \"le\" is missing or has a malformed value of \"{}\"{}", text,
                                            for_metric(labels.metric_name())),
                                at);
    }
    for (HistogramGroup& group : groups)
        std::stable_sort(group.rows.begin(), group.rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return groups;
}

// The histogram of a group at one step: native, or `buckets` filled, or neither. Both at once give nothing.
const model::Histogram* read_step(Exec& exec, const HistogramGroup& group, const Table& table, size_t i, Span at,
                                  std::vector<Bucket>& buckets) {
    buckets.clear();
    for (const auto& [bound, row] : group.rows) {
        const double count = table.values(row)[i];
        if (is_absent(count)) continue;
        if (!buckets.empty() && buckets.back().upper == bound) buckets.back().count += count;
        else buckets.push_back({bound, count});
    }
    const model::Histogram* native = nullptr;
    for (const uint32_t row : group.native)
        if (const HistogramPtr& histogram = table.histogram(row, i)) native = histogram.get();
    if (native == nullptr || buckets.empty()) return native;
    exec.annotations().warn("vector contains a mix of classic and native histograms" + for_metric(group.name), at);
    buckets.clear();
    return nullptr;
}

void note_nans(Exec& exec, NanObservations nans, std::string_view name, Span at) {
    switch (nans) {
        case NanObservations::none: return;
        case NanObservations::result_is_nan:
            exec.annotations().info("input to histogram_quantile has NaN observations, result is NaN" + for_metric(name), at);
            return;
        case NanObservations::result_is_higher:
            exec.annotations().info("input to histogram_quantile has NaN observations, result is skewed higher" + for_metric(name), at);
            return;
        case NanObservations::excluded:
            exec.annotations().info(
                "input to histogram_fraction has NaN observations, which are excluded from all fractions" + for_metric(name), at);
    }
}

// Evaluates quantiles of groups, with the annotations.
class QuantileReader {
  public:
    QuantileReader(Exec& exec, const Table& table, Span at) : exec_(exec), table_(table), at_(at) {}

    double read(const HistogramGroup& group, size_t i, double q) {
        const model::Histogram* native = read_step(exec_, group, table_, i, at_, buckets_);
        if (native) {
            NanObservations nans = NanObservations::none;
            const double result = native_quantile(q, *native, nans);
            note_nans(exec_, nans, group.name, at_);
            return result;
        }
        if (buckets_.empty()) return ABSENT;
        bool forced = false;
        const double result = bucket_quantile(q, buckets_, forced);
        if (forced) {
            exec_.annotations().info("input to histogram_quantile needed to be fixed for monotonicity (see "
                                     "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" +
                                         for_metric(group.name),
                                     at_);
        }
        return result;
    }

  private:
    Exec& exec_;
    const Table& table_;
    Span at_;
    std::vector<Bucket> buckets_;
};

Result<RowsPtr> histogram_quantile(Exec& exec, const Call& node, const Grid& grid) {
    const Exec::ObserveResets scope(exec, false);
    const std::vector<double> q = TRY(exec.scalar(*node.args[0], grid));
    const std::unique_ptr<Table> table = TRY(exec.table(*node.args[1], grid));
    warn_bad_quantiles(exec, q, node.args[0]->at);
    auto out = std::make_unique<Table>(grid);
    QuantileReader reader(exec, *table, node.args[1]->at);
    for (const HistogramGroup& group : group_histograms(exec, *table, node.args[1]->at)) {
        const size_t row = out->add({group.labels, true});
        for (size_t i = 0; i < grid.count; i++) out->values(row)[i] = reader.read(group, i, q[i]);
    }
    return RowsPtr(std::move(out));
}

Result<RowsPtr> histogram_quantiles(Exec& exec, const Call& node, const Grid& grid) {
    const Exec::ObserveResets scope(exec, false);
    const std::string& label = Exec::string(*node.args[1]);
    std::vector<std::vector<double>> quantiles;
    for (size_t k = 2; k < node.args.size(); k++) {
        quantiles.push_back(TRY(exec.scalar(*node.args[k], grid)));
        warn_bad_quantiles(exec, quantiles.back(), node.args[k]->at);
    }
    const std::unique_ptr<Table> table = TRY(exec.table(*node.args[0], grid));
    auto out = std::make_unique<Table>(grid);
    LabelIndex sets(exec.arena());
    model::LabelsBuilder builder;
    QuantileReader reader(exec, *table, node.args[0]->at);
    for (const HistogramGroup& group : group_histograms(exec, *table, node.args[0]->at)) {
        for (const std::vector<double>& q : quantiles) {
            for (size_t i = 0; i < grid.count; i++) {
                const double value = reader.read(group, i, q[i]);
                if (is_absent(value)) continue;
                builder.reset(group.labels);
                builder.set(label, format_plain(q[i]));
                const uint32_t row = sets.find_or_add(builder.build().bytes());
                if (row == out->count()) out->add({sets.labels(row), true});
                out->values(row)[i] = value;
            }
        }
    }
    return RowsPtr(std::move(out));
}

Result<RowsPtr> histogram_fraction(Exec& exec, const Call& node, const Grid& grid) {
    const Exec::ObserveResets scope(exec, false);
    const std::vector<double> lower = TRY(exec.scalar(*node.args[0], grid));
    const std::vector<double> upper = TRY(exec.scalar(*node.args[1], grid));
    const std::unique_ptr<Table> table = TRY(exec.table(*node.args[2], grid));
    const Span at = node.args[2]->at;
    auto out = std::make_unique<Table>(grid);
    std::vector<Bucket> buckets;
    for (const HistogramGroup& group : group_histograms(exec, *table, at)) {
        const size_t row = out->add({group.labels, true});
        for (size_t i = 0; i < grid.count; i++) {
            if (const model::Histogram* native = read_step(exec, group, *table, i, at, buckets)) {
                NanObservations nans = NanObservations::none;
                out->values(row)[i] = native_fraction(lower[i], upper[i], *native, nans);
                note_nans(exec, nans, group.name, at);
            } else if (!buckets.empty()) {
                out->values(row)[i] = bucket_fraction(lower[i], upper[i], buckets);
            }
        }
    }
    return RowsPtr(std::move(out));
}

using Measure = double (*)(const model::Histogram&);

// A number of each native histogram; floats vanish.
class MeasureRows : public Rows {
  public:
    MeasureRows(RowsPtr inner, Measure measure) : Rows(inner->grid()), inner_(std::move(inner)), measure_(measure) {
        for (const Head& head : inner_->heads()) heads_.push_back({head.labels, true});
    }
    [[nodiscard]] size_t cost() const override { return inner_->cost(); }
    [[nodiscard]] Status read(size_t row, Reader& reader, Cells out) const override {
        TRY(inner_->read(row, reader, out));
        for (size_t i = 0; i < out.count; i++) {
            const bool native = out.has_histograms() && (*out.histograms)[i];
            out.values[i] = native ? measure_(*(*out.histograms)[i]) : ABSENT;
        }
        out.histograms->clear();
        return {};
    }

  private:
    RowsPtr inner_;
    Measure measure_;
};

template <Measure MEASURE, bool NEEDS_NO_BUCKETS>
Result<RowsPtr> measured(Exec& exec, const Call& node, const Grid& grid) {
    const Exec::ObserveResets scope(exec, NEEDS_NO_BUCKETS);
    return RowsPtr(std::make_unique<MeasureRows>(TRY(exec.vector(*node.args[0], grid)), MEASURE));
}

double count_of(const model::Histogram& h) { return h.count; }
double sum_of_observations(const model::Histogram& h) { return h.sum; }
double mean_of_observations(const model::Histogram& h) { return h.sum / h.count; }
double deviation_of(const model::Histogram& h) { return std::sqrt(native_variance(h)); }

}  // namespace

std::span<const Binding> histogram_functions() {
    static const Binding BINDINGS[] = {
        {.id = FunctionId::histogram_quantile, .vector = promql::histogram_quantile},
        {.id = FunctionId::histogram_quantiles, .vector = promql::histogram_quantiles},
        {.id = FunctionId::histogram_fraction, .vector = promql::histogram_fraction},
        {.id = FunctionId::histogram_count, .vector = measured<count_of, true>},
        {.id = FunctionId::histogram_sum, .vector = measured<sum_of_observations, true>},
        {.id = FunctionId::histogram_avg, .vector = measured<mean_of_observations, true>},
        {.id = FunctionId::histogram_stdvar, .vector = measured<native_variance, false>},
        {.id = FunctionId::histogram_stddev, .vector = measured<deviation_of, false>},
    };
    return BINDINGS;
}

}  // namespace belfry::promql
