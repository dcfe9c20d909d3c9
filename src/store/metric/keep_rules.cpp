#include "store/metric/keep_rules.h"

namespace belfry::store {

bool KeepMatch::accepts(std::string_view of_tenant, model::LabelsView labels) const {
    if (!tenant.empty() && tenant != of_tenant) return false;
    return std::all_of(matchers.begin(), matchers.end(),
                       [&](const model::Matcher& m) { return m.matches(labels.get(m.name())); });
}

const RetentionRule* retention_rule(const std::vector<RetentionRule>& rules,
                                    std::string_view tenant,
                                    model::LabelsView labels) {
    for (const RetentionRule& rule : rules) {
        if (rule.series.accepts(tenant, labels)) return &rule;
    }
    return nullptr;
}

}  // namespace belfry::store
