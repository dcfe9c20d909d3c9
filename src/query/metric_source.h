#pragma once

#include "base/result.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "model/sample.h"
#include "model/sample_record.h"
#include "query/budget.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace belfry::query {

/// A selected series. `labels` is without the tenant label and valid as long as its SeriesSet.
struct SelectedSeries {
    model::LabelsView labels;
    uint32_t index = 0;  // the source's own handle within the set
};

/// The answer of a selection: a consistent view (samples that arrive later are not seen). Order of series: by labels.
/// `read` may be called from several threads at once for different series.
class SeriesSet {
  public:
    virtual ~SeriesSet() = default;
    [[nodiscard]] virtual std::span<const SelectedSeries> series() const = 0;
    /// Replaces `out` by the samples of `series[i]` inside `range`, ascending; stale markers included. Charges `budget`.
    [[nodiscard]] virtual Status read(size_t i, model::TimeRange range, model::SampleColumns& out, Budget& budget) const = 0;
    /// Replaces `out` by the newest sample of `series[i]` inside `range` (a stale marker, too), or by nothing. Without
    /// `with_value` the value tells only whether it is a stale marker; sources may leave the rest undecoded.
    [[nodiscard]] virtual Status read_newest(size_t i, model::TimeRange range, bool with_value, model::SampleColumns& out,
                                             Budget& budget) const;
    /// Replaces `out` by records that overlap `range`, none of them empty: down-sampled ones where the hints of the selection
    /// allow, samples elsewhere. False: the series has no records (or histograms, too); `read` has it all.
    [[nodiscard]] virtual Result<bool> read_records(size_t i, model::TimeRange range, model::SampleRecords& out, Budget& budget) const;
    /// Where the samples that `read` gives are coarser than the hints allow.
    [[nodiscard]] virtual model::CoarseSamples coarse(size_t) const { return {}; }
};

struct LabelQuery {
    model::TimeRange range;
    std::vector<model::Matchers> selectors;  // union; empty = everything
    size_t limit = 0;                        // 0 = all
};

/// What query engines read metrics from; one per tenant and store. Any thread.
class MetricSource {
  public:
    virtual ~MetricSource() = default;
    [[nodiscard]] virtual Result<std::unique_ptr<SeriesSet>> select(std::string_view tenant, const model::Matchers& matchers,
                                                                    model::TimeRange range, Budget& budget) const = 0;
    /// The same for a reader that says what it wants the samples for: `read` may then give those of records.
    [[nodiscard]] virtual Result<std::unique_ptr<SeriesSet>> select_for(std::string_view tenant, const model::Matchers& matchers,
                                                                        model::TimeRange range, const model::SelectHints& hints,
                                                                        Budget& budget) const;
    [[nodiscard]] virtual Result<std::vector<std::string>> label_names(std::string_view tenant, const LabelQuery& query,
                                                                       Budget& budget) const = 0;
    [[nodiscard]] virtual Result<std::vector<std::string>> label_values(std::string_view tenant, std::string_view name,
                                                                        const LabelQuery& query, Budget& budget) const = 0;
    /// Distinct label sets, sorted.
    [[nodiscard]] virtual Result<std::vector<model::Labels>> series(std::string_view tenant, const LabelQuery& query,
                                                                    Budget& budget) const = 0;
};

}  // namespace belfry::query
