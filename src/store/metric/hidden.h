#pragma once

#include "store/metric/id_set.h"
#include "store/metric/keep_rules.h"
#include "store/metric/manifest.h"
#include "store/metric/part_reader.h"

#include <span>
#include <string_view>
#include <vector>

namespace belfry::store {

/// Samples of a series that readers do not show, though a file holds them.
struct HiddenRange {
    uint64_t below_seq = 0;  // in files below this number
    model::TimeRange range;
};

/// Is what a file of this number has at this time erased?
[[nodiscard]] inline bool is_erased(std::span<const HiddenRange> erased, uint64_t seq, int64_t time_ms) {
    return std::any_of(erased.begin(), erased.end(),
                       [&](const HiddenRange& gone) { return seq < gone.below_seq && gone.range.contains(time_ms); });
}

/// What files hold and nobody may see: what was erased, and what is older than its rule says. Folds leave it out. One
/// thread.
class Hidden {
  public:
    /// Both outlive this.
    Hidden(const Manifest& manifest, const std::vector<RetentionRule>& rules, int64_t now_ms)
        : manifest_(manifest), rules_(rules), now_ms_(now_ms) {}

    /// May there be series of the file that are hidden as a whole?
    [[nodiscard]] bool hides_series(const MetricFile& file) const;
    /// `ids` of the part without those of which it holds nothing visible.
    [[nodiscard]] Result<Ids> visible(const MetricFile& part,
                                      const PartIndex& index,
                                      std::string_view tenant,
                                      Ids ids) const;

    /// Are there erased ranges or rules that concern these times of the tenant (empty: of any)?
    [[nodiscard]] bool hides_samples(std::string_view tenant, model::TimeRange range) const;
    /// Appends what is erased of the series.
    void erased(std::string_view tenant,
                model::LabelsView labels,
                model::TimeRange range,
                std::vector<HiddenRange>& out) const;
    /// Older samples of the series are past their rule.
    [[nodiscard]] int64_t kept_from_ms(std::string_view tenant, model::LabelsView labels) const;

  private:
    [[nodiscard]] int64_t kept_from_ms(const RetentionRule& rule) const { return now_ms_ - rule.keep_ms; }
    const Manifest& manifest_;
    const std::vector<RetentionRule>& rules_;
    const int64_t now_ms_;
};

}  // namespace belfry::store
