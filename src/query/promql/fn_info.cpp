#include "query/promql/fn.h"

namespace belfry::promql {
namespace {

using Op = model::Matcher::Op;

constexpr std::string_view DEFAULT_INFO_METRIC = "target_info";
// What an info metric is called when a query only says what it is not.
constexpr std::string_view INFO_METRIC_PATTERN = ".+_info";
// The labels by which series and info series belong together.
const std::vector<std::string> IDENTIFYING = {"instance", "job"};

bool is_identifying(std::string_view name) { return name == IDENTIFYING[0] || name == IDENTIFYING[1]; }

// What the second argument asks for.
struct Wanted {
    model::Matchers name_matchers;
    model::Matchers data_matchers;
    bool must_match = false;  // some data matcher refuses a missing label

    [[nodiscard]] bool wants(std::string_view label) const {
        return data_matchers.empty() ||
               std::any_of(data_matchers.begin(), data_matchers.end(), [&](const model::Matcher& m) { return m.name() == label; });
    }
    // Is this series itself one of the info series? They pass as they are.
    [[nodiscard]] bool is_info(model::LabelsView labels) const {
        return std::all_of(name_matchers.begin(), name_matchers.end(),
                           [&](const model::Matcher& m) { return m.matches(labels.metric_name()); });
    }
};

Result<Wanted> wanted_of(const Call& node) {
    Wanted out;
    if (node.args.size() > 1) {
        for (const model::Matcher& matcher : as<VectorSelector>(unwrap(*node.args[1])).matchers)
            (matcher.name() == model::METRIC_NAME ? out.name_matchers : out.data_matchers).push_back(matcher);
    }
    const bool named = std::any_of(out.name_matchers.begin(), out.name_matchers.end(),
                                   [](const model::Matcher& m) { return m.op() == Op::equal || m.op() == Op::regex; });
    if (out.name_matchers.empty()) {
        out.name_matchers.push_back(
            TRY(model::Matcher::make(Op::equal, std::string(model::METRIC_NAME), std::string(DEFAULT_INFO_METRIC))));
    } else if (!named) {
        out.name_matchers.push_back(
            TRY(model::Matcher::make(Op::regex, std::string(model::METRIC_NAME), std::string(INFO_METRIC_PATTERN))));
    }
    for (const model::Matcher& matcher : out.data_matchers) out.must_match = out.must_match || !matcher.matches_empty();
    return out;
}

// `inner` happens at the times that `outer` speaks of.
ReferenceTime within(const ReferenceTime& outer, const ReferenceTime& inner) {
    if (inner.fixed) return inner;
    return {outer.offset_ms + inner.offset_ms, outer.fixed, outer.fixed_ms};
}

// The time from which the first argument takes its samples: the info series of that time belong to them.
std::optional<ReferenceTime> reference_of(const Expr& expr, const ReferenceTime& outer) {
    if (const auto* selector = try_as<VectorSelector>(expr))
        return within(outer, reference_time(selector->at_time, selector->offset));
    ReferenceTime here = outer;
    if (const auto* subquery = try_as<Subquery>(expr)) here = within(outer, reference_time(subquery->at_time, subquery->offset));
    for (const Expr* child : children(expr))
        if (auto found = reference_of(*child, here)) return found;
    return std::nullopt;
}

// The info series by what identifies them.
class InfoSeries {
  public:
    InfoSeries(Exec& exec, std::unique_ptr<Table> times) : times_(std::move(times)), groups_(exec.arena()) {
        std::string bytes;
        for (uint32_t row = 0; row < times_->count(); row++) {
            filter_.apply(times_->head(row).labels, bytes);
            if (bytes.empty()) continue;
            const uint32_t group = groups_.find_or_add(bytes);
            if (group == rows_.size()) rows_.emplace_back();
            rows_[group].push_back(row);
        }
    }

    [[nodiscard]] std::span<const uint32_t> of(model::LabelsView labels) const {
        std::string bytes;
        filter_.apply(labels, bytes);
        const uint32_t group = bytes.empty() ? LabelIndex::NONE : groups_.find(bytes);
        return group == LabelIndex::NONE ? std::span<const uint32_t>() : std::span<const uint32_t>(rows_[group]);
    }

    // Of each info metric the row with the newest sample at step i.
    Status newest(std::span<const uint32_t> rows, size_t i, std::vector<uint32_t>& out) const {
        out.clear();
        for (const uint32_t row : rows) {
            const double time = times_->values(row)[i];
            if (is_absent(time)) continue;
            const std::string_view name = labels(row).metric_name();
            const auto same = std::find_if(out.begin(), out.end(), [&](uint32_t other) { return labels(other).metric_name() == name; });
            if (same == out.end()) {
                out.push_back(row);
            } else if (const double other = times_->values(*same)[i]; other < time) {
                *same = row;
            } else if (other == time) {
                return make_error(Code::internal, "found duplicate series for info metric: {} and {} at {} s",
                                  labels(*same).to_string(), labels(row).to_string(), time);
            }
        }
        return {};
    }

    [[nodiscard]] model::LabelsView labels(uint32_t row) const { return times_->head(row).labels; }

  private:
    std::unique_ptr<Table> times_;  // cells: the time of the sample that is current
    LabelFilter filter_ = LabelFilter::only(IDENTIFYING);
    LabelIndex groups_;
    std::vector<std::vector<uint32_t>> rows_;  // of each group
};

// The base labels with the data labels of these info series.
Result<model::Labels> enriched(model::LabelsView base, const InfoSeries& infos, std::span<const uint32_t> rows, const Wanted& wanted) {
    model::LabelsBuilder builder(base);
    for (const uint32_t row : rows) {
        for (const model::Label& label : infos.labels(row)) {
            if (label.name == model::METRIC_NAME || is_identifying(label.name) || !wanted.wants(label.name)) continue;
            if (!base.get(label.name).empty()) continue;
            const std::string_view present = builder.get(label.name);
            if (!present.empty() && present != label.value)
                return make_error(Code::internal, "conflicting label: {}", label.name);
            builder.set(label.name, label.value);
        }
    }
    return builder.build();
}

Result<RowsPtr> info(Exec& exec, const Call& node, const Grid& grid) {
    const Wanted wanted = TRY(wanted_of(node));
    std::unique_ptr<Table> base = TRY(exec.table(*node.args[0], grid));

    VectorSelector selector;
    selector.matchers = wanted.name_matchers;
    selector.matchers.insert(selector.matchers.end(), wanted.data_matchers.begin(), wanted.data_matchers.end());
    if (const auto reference = reference_of(*node.args[0], {})) {
        selector.offset.ms = reference->offset_ms;
        if (reference->fixed) selector.at_time = {AtModifier::Kind::timestamp, reference->fixed_ms};
    }
    const std::unique_ptr<Table> values = TRY(exec.table(TRY(eval_selector(exec, selector, grid, SelectorShows::value))));
    for (size_t row = 0; row < values->count(); row++)
        if (!values->histograms(row).empty())
            return make_error(Code::internal, "this should be an info metric, with float samples: {}",
                              values->head(row).labels.to_string());
    const InfoSeries infos(exec, TRY(exec.table(TRY(eval_selector(exec, selector, grid, SelectorShows::time)))));

    auto out = std::make_unique<Table>(grid);
    LabelIndex sets(exec.arena());
    std::vector<uint32_t> now;
    std::vector<uint32_t> before;
    for (size_t row = 0; row < base->count(); row++) {
        const Rows::Head head = base->head(row);
        const bool as_is = wanted.is_info(head.labels);
        const std::span<const uint32_t> partners = as_is ? std::span<const uint32_t>() : infos.of(head.labels);
        size_t target = 0;
        bool have_target = false;
        for (size_t i = 0; i < grid.count; i++) {
            if (!base->present(row, i)) continue;
            TRY(infos.newest(partners, i, now));
            if (now.empty() && !as_is && wanted.must_match) continue;
            if (!have_target || now != before) {
                const model::Labels labels = TRY(enriched(head.labels, infos, now, wanted));
                const uint32_t number = sets.find_or_add(labels.bytes());
                if (number == out->count()) out->add({sets.labels(number), head.drop_name});
                target = number;
                have_target = true;
                before = now;
            }
            const Cells cells = out->cells(target);
            if (cells.present(i)) return make_error(Code::internal, "vector cannot contain metrics with the same labelset");
            cells.values[i] = base->values(row)[i];
            if (const HistogramPtr& histogram = base->histogram(row, i)) cells.set(i, histogram);
        }
    }
    return RowsPtr(std::move(out));
}

}  // namespace

std::span<const Binding> info_functions() {
    static const Binding BINDINGS[] = {{.id = FunctionId::info, .vector = promql::info}};
    return BINDINGS;
}

}  // namespace belfry::promql
