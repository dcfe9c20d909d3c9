#pragma once

#include "model/labels.h"
#include "model/matcher.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::store {

/// Which series a rule of keeping speaks of. `match` is what was configured; `matchers` is made of it before the store
/// opens.
struct KeepMatch {
    std::string match = "{}";  // a PromQL selector
    std::string tenant;        // empty: every tenant
    model::Matchers matchers;  // none: every series

    /// `labels` with or without the tenant label.
    [[nodiscard]] bool accepts(std::string_view of_tenant, model::LabelsView labels) const;
    friend bool operator==(const KeepMatch&, const KeepMatch&) = default;
};

/// Samples of the series are kept this long. Of several rules the first that accepts a series decides; series without a
/// rule, and all files, live as long as the retention of the store, so a longer `keep` has no effect.
struct RetentionRule {
    KeepMatch series;
    int64_t keep_ms = 0;
    friend bool operator==(const RetentionRule&, const RetentionRule&) = default;
};

/// When a day is older than `after`, a record a window of `to` is made of its samples, and what is finer goes once the
/// day is also older than `keep_raw`. All rules that accept a series count; see records.h for what a record holds.
struct DownsampleRule {
    KeepMatch series;
    int64_t after_ms = 0;
    int64_t to_ms = 0;        // 5 minutes or an hour
    int64_t keep_raw_ms = 0;  // 0: finer data goes at once
    friend bool operator==(const DownsampleRule&, const DownsampleRule&) = default;
};

/// The place of the rule that decides how long the series is kept, or nothing.
[[nodiscard]] const RetentionRule* retention_rule(const std::vector<RetentionRule>& rules,
                                                  std::string_view tenant,
                                                  model::LabelsView labels);

}  // namespace belfry::store
