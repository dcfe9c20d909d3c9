#include "store/metric/hidden.h"
#include "store/metric/selection.h"

namespace belfry::store {
namespace {

// Selections of fewer series copy their labels; larger ones borrow them from the head.
constexpr size_t SHARE_LABELS_MIN = 400;

Error too_many_series(uint64_t series_max) {
    return make_error(Code::exhausted, "the query selects too much: more than {} series. Add a filter", series_max);
}

bool overlaps(const MetricFile& file, model::TimeRange range) {
    return file.meta.min_ms < range.to_ms && file.meta.max_ms >= range.from_ms;
}

}  // namespace

Result<std::unique_ptr<MetricSelection>> MetricStoreImpl::select(std::string_view tenant, const model::Matchers& matchers,
                                                                 model::TimeRange range, uint64_t series_max) const {
    std::unique_ptr<StoreSelection> out;
    std::shared_ptr<const StoreView> seen;
    std::vector<size_t> runs = {0};
    std::string labels;
    {
        // The index is locked before the view is taken: a series leaves the index only after the view that has its samples in
        // a part is public.
        const std::shared_lock lock(index_.mutex());
        seen = view();
        out = std::make_unique<StoreSelection>(seen, range, options_.config.column_cache_bytes_max, corrupt_reads_);
        bool any_part = false;
        for (const auto& part : seen->parts) any_part = any_part || overlaps(*part, range);
        if (any_part) out->use_hashes();

        std::vector<Slot> slots = TRY(find_series(index_, tenant, matchers));
        std::vector<std::vector<EpochMark>> marks(seen->epochs.size());
        for (size_t e = 0; e < marks.size(); e++) seen->epochs[e]->mark(slots, range, marks[e]);
        const bool any_seal = std::any_of(seen->seals.begin(), seen->seals.end(), [&](const auto& s) { return overlaps(*s, range); });
        std::vector<Slot> kept;
        for (size_t i = 0; i < slots.size(); i++) {
            bool has_samples = any_seal && index_.overlaps(slots[i], range.from_ms, range.to_ms);
            for (const auto& m : marks) has_samples = has_samples || !m[i].empty();
            if (has_samples) kept.push_back(slots[i]);
        }
        if (series_max != 0 && kept.size() > series_max) return too_many_series(series_max);
        index_.sort_by_labels(kept);
        // the marks in the new order; `slots` ascends
        std::vector<std::vector<EpochMark>> kept_marks(marks.size(), std::vector<EpochMark>(kept.size()));
        std::vector<uint32_t> place;  // by slot, where that is less than searching for each
        if (kept.size() >= SHARE_LABELS_MIN && kept.size() * 16 > slots.back()) {
            place.resize(slots.back() + size_t{1});
            for (size_t i = 0; i < slots.size(); i++) place[slots[i]] = static_cast<uint32_t>(i);
        }
        for (size_t i = 0; i < kept.size(); i++) {
            const size_t at = !place.empty() ? place[kept[i]]
                                             : static_cast<size_t>(std::lower_bound(slots.begin(), slots.end(), kept[i]) - slots.begin());
            for (size_t e = 0; e < marks.size(); e++) kept_marks[e][i] = marks[e][at];
        }
        out->reserve(kept.size());
        if (kept.size() >= SHARE_LABELS_MIN) {
            std::vector<model::LabelsView> shared;
            auto keep_alive = index_.share_labels(kept, shared);
            out->add_head_series(kept, shared, index_, std::move(keep_alive));
        } else {
            for (const Slot slot : kept) {
                labels.clear();
                index_.append_labels(slot, false, labels);
                out->add_head_series(slot, index_.hash(slot), labels);
            }
        }
        out->set_marks(std::move(kept_marks));
    }
    const Hidden hidden(*seen->manifest, options_.config.retention_rules, clock_.now_ms());
    for (size_t p = seen->parts.size(); p-- > 0;) {
        const MetricFile& part = *seen->parts[p];
        if (!overlaps(part, range)) continue;
        PartIndex index(part);
        const Ids ids = TRY(hidden.visible(part, index, tenant, TRY(find_series(index, tenant, matchers))));
        if (series_max != 0 && ids.size() > series_max) return too_many_series(series_max);
        out->reserve(ids.size());
        runs.push_back(out->size());
        for (const uint32_t id : ids) {
            const Hash128 hash = TRY(index.hash(id));
            auto series = out->find(hash);
            if (!series) {
                labels.clear();
                TRY(index.append_labels(id, false, labels));
                series = out->add_series(hash, labels);
            }
            out->add_part(*series, static_cast<uint32_t>(p), id);
        }
        if (series_max != 0 && out->size() > series_max) return too_many_series(series_max);
    }
    out->finish(runs);
    if (hidden.hides_samples(tenant, range)) out->hide(hidden, tenant, range);
    return std::unique_ptr<MetricSelection>(std::move(out));
}

// ---------------------------------------------------------------- label sets

namespace {

/// Strings without doubles, sorted at the end.
class TextSet {
  public:
    void add(std::string_view text) {
        if (texts_.find(text) == texts_.end()) texts_.insert(arena_.copy(text));
    }
    [[nodiscard]] std::vector<std::string> sorted(size_t limit) const {
        std::vector<std::string_view> views(texts_.begin(), texts_.end());
        std::sort(views.begin(), views.end());
        if (limit != 0 && views.size() > limit) views.resize(limit);
        return {views.begin(), views.end()};
    }

  private:
    Arena arena_;
    std::unordered_set<std::string_view> texts_;
};

/// The ids that any of the selectors accepts; without selectors all of the tenant.
Result<Ids> find_in_scope(const PostingSource& source, const MetricScope& scope) {
    if (scope.selectors.empty()) return find_series(source, scope.tenant, {});
    Ids found;
    for (const model::Matchers& matchers : scope.selectors) found = unite(found, TRY(find_series(source, scope.tenant, matchers)));
    if (scope.series_max != 0 && found.size() > scope.series_max) return too_many_series(scope.series_max);
    return found;
}

}  // namespace

Result<std::vector<std::string>> MetricStoreImpl::label_names(const MetricScope& scope) const {
    TextSet names;
    std::shared_ptr<const StoreView> seen;
    const bool whole_tenant = scope.selectors.empty() && scope.tenant == model::DEFAULT_TENANT;
    {
        const std::shared_lock lock(index_.mutex());
        seen = view();
        const std::vector<Slot> slots = TRY(slots_in_scope(*seen, scope));
        for (const Slot slot : slots) index_.for_each_label(slot, [&](std::string_view name, std::string_view) { names.add(name); });
    }
    const Hidden hidden(*seen->manifest, options_.config.retention_rules, clock_.now_ms());
    for (const auto& part : seen->parts) {
        if (!overlaps(*part, scope.range)) continue;
        PartIndex index(*part);
        if (whole_tenant && !index.has_tenants() && !hidden.hides_series(*part)) {
            for (const auto& name : index.names()) names.add(name.name);
            continue;
        }
        // names by schema: each is looked at once
        std::set<const std::vector<uint32_t>*> schemas;
        for (const uint32_t id : TRY(hidden.visible(*part, index, scope.tenant, TRY(find_in_scope(index, scope))))) schemas.insert(TRY(index.schema(id)));
        for (const auto* schema : schemas) {
            for (const uint32_t name : *schema) names.add(index.names()[name].name);
        }
    }
    std::vector<std::string> out = names.sorted(0);
    std::erase(out, std::string(model::TENANT_LABEL));
    if (scope.limit != 0 && out.size() > scope.limit) out.resize(scope.limit);
    return out;
}

Result<std::vector<std::string>> MetricStoreImpl::label_values(const MetricScope& scope, std::string_view name) const {
    TextSet values;
    if (name == model::TENANT_LABEL) return std::vector<std::string>();
    std::shared_ptr<const StoreView> seen;
    const bool whole_tenant = scope.selectors.empty() && scope.tenant == model::DEFAULT_TENANT;
    {
        const std::shared_lock lock(index_.mutex());
        seen = view();
        if (whole_tenant && !index_.has_tenants()) {
            // value by value, each until one of its series is in range
            index_.for_each_value(name, [&](std::string_view value, const Ids& with) {
                if (any_in_range(*seen, with, scope.range)) values.add(value);
            });
        } else {
            for (const Slot slot : TRY(slots_in_scope(*seen, scope))) {
                const std::string_view value = index_.value(slot, name);
                if (!value.empty()) values.add(value);
            }
        }
    }
    const Hidden hidden(*seen->manifest, options_.config.retention_rules, clock_.now_ms());
    for (const auto& part : seen->parts) {
        if (!overlaps(*part, scope.range)) continue;
        PartIndex index(*part);
        if (whole_tenant && !index.has_tenants() && !hidden.hides_series(*part)) {
            TRY(index.for_each_value(name, [&](std::string_view value) { values.add(value); }));
            continue;
        }
        for (const uint32_t id : TRY(hidden.visible(*part, index, scope.tenant, TRY(find_in_scope(index, scope))))) {
            const std::string_view value = TRY(index.value(id, name));
            if (!value.empty()) values.add(value);
        }
    }
    return values.sorted(scope.limit);
}

bool MetricStoreImpl::any_in_range(const StoreView& v, const Ids& slots, model::TimeRange range) const {
    std::vector<Slot> some;
    std::vector<EpochMark> marks;
    // mostly the first is; where few are, longer and longer runs cost a lock each
    for (size_t begin = 0, run = 1; begin < slots.size(); begin += some.size(), run *= 4) {
        const auto from = slots.begin() + static_cast<ptrdiff_t>(begin);
        some.assign(from, from + static_cast<ptrdiff_t>(std::min(run, slots.size() - begin)));
        for (const Slot slot : some) {
            if (index_.overlaps(slot, range.from_ms, range.to_ms)) return true;
        }
        for (const auto& epoch : v.epochs) {
            epoch->mark(some, range, marks);
            if (std::any_of(marks.begin(), marks.end(), [](const EpochMark& m) { return !m.empty(); })) return true;
        }
    }
    return false;
}

Result<std::vector<Slot>> MetricStoreImpl::slots_in_scope(const StoreView& v, const MetricScope& scope) const {
    std::vector<Slot> slots = TRY(find_in_scope(index_, scope));
    std::vector<bool> has(slots.size());
    std::vector<EpochMark> marks;
    for (const auto& epoch : v.epochs) {
        epoch->mark(slots, scope.range, marks);
        for (size_t i = 0; i < slots.size(); i++) has[i] = has[i] || !marks[i].empty();
    }
    std::vector<Slot> kept;
    for (size_t i = 0; i < slots.size(); i++) {
        if (has[i] || index_.overlaps(slots[i], scope.range.from_ms, scope.range.to_ms)) kept.push_back(slots[i]);
    }
    return kept;
}

Result<std::vector<model::Labels>> MetricStoreImpl::series(const MetricScope& scope) const {
    std::vector<model::Labels> out;
    static const model::Matchers EVERYTHING;
    const size_t count = std::max<size_t>(1, scope.selectors.size());
    for (size_t i = 0; i < count; i++) {
        const auto selection =
            TRY(select(scope.tenant, scope.selectors.empty() ? EVERYTHING : scope.selectors[i], scope.range, scope.series_max));
        const size_t middle = out.size();
        for (const model::LabelsView labels : selection->series()) out.emplace_back(labels);
        std::inplace_merge(out.begin(), out.begin() + static_cast<ptrdiff_t>(middle), out.end(),
                           [](const auto& a, const auto& b) { return model::compare(a, b) < 0; });
        out.erase(std::unique(out.begin(), out.end()), out.end());
    }
    if (scope.limit != 0 && out.size() > scope.limit) out.resize(scope.limit);
    return out;
}

}  // namespace belfry::store
