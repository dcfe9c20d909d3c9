#include "store/metric/hidden.h"

namespace belfry::store {
namespace {

// All samples that the file may hold of a series are erased by `t`.
bool erases_all_of(const Manifest::Tombstone& t, const MetricFile& file) {
    return file.meta.seq < t.below_seq && t.what.range.from_ms <= file.meta.min_ms &&
           t.what.range.to_ms > file.meta.max_ms;
}

}  // namespace

bool Hidden::hides_series(const MetricFile& file) const {
    return std::any_of(manifest_.tombstones.begin(), manifest_.tombstones.end(),
                       [&](const auto& t) { return erases_all_of(t, file); }) ||
           std::any_of(rules_.begin(), rules_.end(), [&](const auto& r) { return file.meta.max_ms < kept_from_ms(r); });
}

Result<Ids> Hidden::visible(const MetricFile& part, const PartIndex& index, std::string_view tenant, Ids ids) const {
    for (const Manifest::Tombstone& t : manifest_.tombstones) {
        if (ids.empty()) break;
        if (t.what.tenant != tenant || !erases_all_of(t, part)) continue;
        ids = subtract(ids, TRY(find_series(index, tenant, t.what.matchers)));
    }
    if (rules_.empty() || ids.empty()) return ids;
    if (std::none_of(rules_.begin(), rules_.end(), [&](const auto& r) { return part.meta.max_ms < kept_from_ms(r); }))
        return ids;
    Ids undecided = ids;
    for (const RetentionRule& rule : rules_) {
        if (!rule.series.tenant.empty() && rule.series.tenant != tenant) continue;
        const Ids decided = intersect(undecided, TRY(find_series(index, tenant, rule.series.matchers)));
        if (part.meta.max_ms < kept_from_ms(rule)) ids = subtract(ids, decided);
        undecided = subtract(undecided, decided);
    }
    return ids;
}

bool Hidden::hides_samples(std::string_view tenant, model::TimeRange range) const {
    const auto concerns = [&](std::string_view of) { return tenant.empty() || of.empty() || of == tenant; };
    return std::any_of(manifest_.tombstones.begin(), manifest_.tombstones.end(),
                       [&](const auto& t) { return concerns(t.what.tenant) && t.what.range.overlaps(range); }) ||
           std::any_of(rules_.begin(), rules_.end(),
                       [&](const auto& r) { return concerns(r.series.tenant) && range.from_ms < kept_from_ms(r); });
}

void Hidden::erased(std::string_view tenant,
                    model::LabelsView labels,
                    model::TimeRange range,
                    std::vector<HiddenRange>& out) const {
    for (const Manifest::Tombstone& t : manifest_.tombstones) {
        if (t.what.tenant != tenant || !t.what.range.overlaps(range)) continue;
        const bool is_meant = std::all_of(t.what.matchers.begin(), t.what.matchers.end(),
                                          [&](const model::Matcher& m) { return m.matches(labels.get(m.name())); });
        if (is_meant) out.push_back({t.below_seq, t.what.range});
    }
}

int64_t Hidden::kept_from_ms(std::string_view tenant, model::LabelsView labels) const {
    const RetentionRule* rule = retention_rule(rules_, tenant, labels);
    return rule == nullptr ? std::numeric_limits<int64_t>::min() : kept_from_ms(*rule);
}

}  // namespace belfry::store
