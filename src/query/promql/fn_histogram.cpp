#include "query/promql/fn.h"
#include "query/promql/quantile_bucket.h"

#include "base/number.h"

namespace belfry::promql {
namespace {

constexpr std::string_view BUCKET_LABEL = "le";

// The classic buckets of one histogram: rows of the input that differ only in `le`, ascending by it.
struct BucketGroup {
    model::LabelsView labels;  // without le and the name
    std::string_view name;
    bool drop_name = true;
    std::vector<std::pair<double, uint32_t>> rows;  // upper bound, row
};

std::vector<BucketGroup> group_buckets(Exec& exec, const Table& table, Span at) {
    const LabelFilter filter = LabelFilter::all_but({std::string(BUCKET_LABEL)}, true);
    LabelIndex index(exec.arena());
    std::vector<BucketGroup> groups;
    std::string bytes;
    for (uint32_t row = 0; row < table.count(); row++) {
        const model::LabelsView labels = table.head(row).labels;
        const std::string_view text = labels.get(BUCKET_LABEL);
        const std::optional<double> bound = parse_double(text);
        const bool has_floats = std::any_of(table.values(row), table.values(row) + table.grid().count, [](double v) { return !is_absent(v); });
        if (!has_floats) continue;
        if (!bound) {
            exec.annotations().warn(fmt::format("bucket label \"le\" is missing or has a malformed value of \"{}\"{}", text,
                                                for_metric(labels.metric_name())),
                                    at);
            continue;
        }
        filter.apply(labels, bytes);
        const uint32_t number = index.find_or_add(bytes);
        if (number == groups.size()) groups.push_back({index.labels(number), labels.metric_name(), true, {}});
        groups[number].rows.emplace_back(*bound, row);
    }
    for (BucketGroup& group : groups)
        std::stable_sort(group.rows.begin(), group.rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return groups;
}

void read_buckets(const BucketGroup& group, const Table& table, size_t i, std::vector<Bucket>& out) {
    out.clear();
    for (const auto& [bound, row] : group.rows) {
        const double count = table.values(row)[i];
        if (is_absent(count)) continue;
        if (!out.empty() && out.back().upper == bound) out.back().count += count;
        else out.push_back({bound, count});
    }
}

void note_forced_monotonic(Exec& exec, const BucketGroup& group, Span at) {
    exec.annotations().info("input to histogram_quantile needed to be fixed for monotonicity (see "
                            "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" +
                                for_metric(group.name),
                            at);
}

Result<RowsPtr> histogram_quantile(Exec& exec, const Call& node, const Grid& grid) {
    const std::vector<double> q = TRY(exec.scalar(*node.args[0], grid));
    warn_bad_quantiles(exec, q, node.args[0]->at);
    const std::unique_ptr<Table> table = TRY(exec.table(*node.args[1], grid));
    auto out = std::make_unique<Table>(grid);
    std::vector<Bucket> buckets;
    for (const BucketGroup& group : group_buckets(exec, *table, node.args[1]->at)) {
        const size_t row = out->add({group.labels, false});
        bool forced = false;
        for (size_t i = 0; i < grid.count; i++) {
            read_buckets(group, *table, i, buckets);
            if (!buckets.empty()) out->values(row)[i] = bucket_quantile(q[i], buckets, forced);
        }
        if (forced) note_forced_monotonic(exec, group, node.args[1]->at);
    }
    return RowsPtr(std::move(out));
}

Result<RowsPtr> histogram_quantiles(Exec& exec, const Call& node, const Grid& grid) {
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
    std::vector<Bucket> buckets;
    for (const BucketGroup& group : group_buckets(exec, *table, node.args[0]->at)) {
        bool forced = false;
        for (const std::vector<double>& q : quantiles) {
            for (size_t i = 0; i < grid.count; i++) {
                read_buckets(group, *table, i, buckets);
                if (buckets.empty()) continue;
                builder.reset(group.labels);
                builder.set(label, format_plain(q[i]));
                const uint32_t row = sets.find_or_add(builder.build().bytes());
                if (row == out->count()) out->add({sets.labels(row), false});
                out->values(row)[i] = bucket_quantile(q[i], buckets, forced);
            }
        }
        if (forced) note_forced_monotonic(exec, group, node.args[0]->at);
    }
    return RowsPtr(std::move(out));
}

Result<RowsPtr> histogram_fraction(Exec& exec, const Call& node, const Grid& grid) {
    const std::vector<double> lower = TRY(exec.scalar(*node.args[0], grid));
    const std::vector<double> upper = TRY(exec.scalar(*node.args[1], grid));
    const std::unique_ptr<Table> table = TRY(exec.table(*node.args[2], grid));
    auto out = std::make_unique<Table>(grid);
    std::vector<Bucket> buckets;
    for (const BucketGroup& group : group_buckets(exec, *table, node.args[2]->at)) {
        const size_t row = out->add({group.labels, false});
        for (size_t i = 0; i < grid.count; i++) {
            read_buckets(group, *table, i, buckets);
            if (!buckets.empty()) out->values(row)[i] = bucket_fraction(lower[i], upper[i], buckets);
        }
    }
    return RowsPtr(std::move(out));
}

}  // namespace

std::span<const Binding> histogram_functions() {
    static const Binding BINDINGS[] = {
        {.id = FunctionId::histogram_quantile, .vector = promql::histogram_quantile},
        {.id = FunctionId::histogram_quantiles, .vector = promql::histogram_quantiles},
        {.id = FunctionId::histogram_fraction, .vector = promql::histogram_fraction},
    };
    return BINDINGS;
}

}  // namespace belfry::promql
