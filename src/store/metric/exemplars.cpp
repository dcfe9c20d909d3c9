#include "store/metric/exemplar_table.h"
#include "store/metric/format.h"
#include "store/metric/hidden.h"
#include "store/metric/stats.h"
#include "store/metric/store_impl.h"

// Exemplars by series: of the head by slot, in seals by slot, in parts by id. A fold keeps the newest of a series, and
// fewer where a part would hold too many in all.

namespace belfry::store {
namespace {

void cut(std::vector<model::Exemplar>& exemplars, model::TimeRange range) {
    std::erase_if(exemplars, [&](const model::Exemplar& e) { return !range.contains(e.time_ms); });
}

/// Calls `visit(place in ids, exemplars)` for those of `ids` (ascending) that have some in `range`. Few ids are looked
/// up, for many the whole table is walked: it is bounded, the ids are not.
Status visit_exemplars(ExemplarReader& reader,
                       const std::vector<uint32_t>& ids,
                       model::TimeRange range,
                       const std::function<Status(size_t, std::vector<model::Exemplar>&)>& visit) {
    constexpr size_t LOOKED_UP_MAX = 256;
    std::vector<model::Exemplar> exemplars;
    if (ids.size() <= LOOKED_UP_MAX) {
        for (size_t i = 0; i < ids.size(); i++) {
            exemplars.clear();
            TRY(reader.read(ids[i], range, exemplars));
            if (!exemplars.empty()) TRY(visit(i, exemplars));
        }
        return {};
    }
    Status done;
    TRY(reader.for_each([&](uint32_t id, const std::vector<model::Exemplar>& all) {
        const auto at = std::lower_bound(ids.begin(), ids.end(), id);
        if (!done || at == ids.end() || *at != id) return;
        exemplars = all;
        cut(exemplars, range);
        if (!exemplars.empty()) done = visit(static_cast<size_t>(at - ids.begin()), exemplars);
    }));
    return done;
}

struct ByLabels {
    bool operator()(const std::string& a, const std::string& b) const {
        return model::compare(model::LabelsView(a), model::LabelsView(b)) < 0;
    }
};

}  // namespace

Result<std::vector<SeriesExemplars>> MetricStoreImpl::exemplars(std::string_view tenant,
                                                                const model::Matchers& matchers,
                                                                model::TimeRange range,
                                                                uint64_t series_max) const {
    std::map<std::string, std::vector<model::Exemplar>, ByLabels> found;  // by labels without the tenant
    const auto add = [&](const std::string& labels, std::vector<model::Exemplar>& exemplars) -> Status {
        if (exemplars.empty()) return {};
        auto& all = found[labels];
        all.insert(all.end(), std::make_move_iterator(exemplars.begin()), std::make_move_iterator(exemplars.end()));
        if (series_max != 0 && found.size() > series_max)
            return make_error(Code::exhausted,
                              "the query selects too much: more than {} series with exemplars. Add a filter",
                              series_max);
        return {};
    };
    std::shared_ptr<const StoreView> seen;
    std::vector<Slot> slots;  // those selected that have exemplars in seals or in memory
    std::vector<std::string> labels_of;
    for (bool stable = false; !stable;) {
        seen = view();
        std::set<Slot> holders;
        for (const auto& seal : seen->seals)
            TRY(ExemplarReader(*seal->file, SEAL_EXM).for_each_id([&](uint32_t slot) { holders.insert(slot); }));
        for (const auto& epoch : seen->epochs) {
            for (const Slot slot : epoch->exemplars().slots())
                holders.insert(slot);
        }
        const std::shared_lock lock(index_.mutex());
        // A series leaves the index only after a newer view is public: while this one is, all its slots have labels.
        stable = view() == seen;
        if (!stable) continue;
        slots = TRY(find_series(index_, tenant, matchers));
        std::erase_if(slots, [&](Slot slot) { return !holders.contains(slot); });
        labels_of.resize(slots.size());
        for (size_t i = 0; i < slots.size(); i++)
            index_.append_labels(slots[i], false, labels_of[i]);
    }
    const Hidden hidden(*seen->manifest, options_.config.retention_rules, clock_.now_ms());
    const bool hides = hidden.hides_samples(tenant, range);
    std::vector<HiddenRange> erased;
    // of a file, or of the head with a number that no deletion reaches
    const auto leave_out_hidden = [&](const std::string& labels_of_series, uint64_t seq,
                                      std::vector<model::Exemplar>& exemplars) {
        if (!hides || exemplars.empty()) return;
        const model::LabelsView view(labels_of_series);
        erased.clear();
        hidden.erased(tenant, view, range, erased);
        const int64_t from_ms = hidden.kept_from_ms(tenant, view);
        std::erase_if(exemplars, [&](const model::Exemplar& e) {
            return e.time_ms < from_ms || is_erased(erased, seq, e.time_ms);
        });
    };
    for (const auto& seal : seen->seals) {
        ExemplarReader reader(*seal->file, SEAL_EXM);
        TRY(visit_exemplars(reader, slots, range, [&](size_t i, std::vector<model::Exemplar>& exemplars) -> Status {
            leave_out_hidden(labels_of[i], seal->meta.seq, exemplars);
            return add(labels_of[i], exemplars);
        }));
    }
    for (const auto& epoch : seen->epochs) {
        for (auto& [slot, exemplars] : epoch->exemplars().all()) {
            const auto at = std::lower_bound(slots.begin(), slots.end(), slot);
            if (at == slots.end() || *at != slot) continue;
            cut(exemplars, range);
            const std::string& labels_of_slot = labels_of[static_cast<size_t>(at - slots.begin())];
            leave_out_hidden(labels_of_slot, std::numeric_limits<uint64_t>::max(), exemplars);
            TRY(add(labels_of_slot, exemplars));
        }
    }
    std::string labels;
    for (const auto& part : seen->parts) {
        const auto& files = seen->manifest->files;
        const auto entry =
            std::find_if(files.begin(), files.end(), [&](const auto& f) { return f.name == part->name; });
        if (entry == files.end() || !part->file->has_table(PART_EXM)) continue;
        const model::TimeRange days{entry->first_day * DAY_MS, (entry->last_day + int64_t{1}) * DAY_MS};
        if (!days.overlaps(range)) continue;
        PartIndex index(*part);
        ExemplarReader reader(*part->file, PART_EXM);
        const Ids ids = TRY(hidden.visible(*part, index, tenant, TRY(find_series(index, tenant, matchers))));
        TRY(visit_exemplars(reader, ids, range, [&](size_t i, std::vector<model::Exemplar>& exemplars) -> Status {
            labels.clear();
            TRY(index.append_labels(ids[i], false, labels));
            leave_out_hidden(labels, part->meta.seq, exemplars);
            return add(labels, exemplars);
        }));
    }
    std::vector<SeriesExemplars> out;
    for (auto& [bytes, all] : found) {
        put_in_order(all);
        out.push_back({model::Labels(model::LabelsView(bytes)), std::move(all)});
    }
    return out;
}

Result<std::set<Slot>> MetricStoreImpl::slots_with_exemplars(const StoreView& v,
                                                             const std::vector<FoldPlan>& plans) const {
    std::set<Slot> slots;
    uint64_t homeless = 0;
    const auto has_home = [&](const model::Exemplar& e) {
        const int32_t day = day_of(e.time_ms);
        return std::any_of(plans.begin(), plans.end(),
                           [&](const FoldPlan& p) { return p.first_day <= day && day <= p.last_day; });
    };
    for (const auto& seal : v.seals) {
        TRY(ExemplarReader(*seal->file, SEAL_EXM)
                .for_each([&](uint32_t slot, const std::vector<model::Exemplar>& exemplars) {
                    slots.insert(slot);
                    homeless += static_cast<uint64_t>(
                        std::count_if(exemplars.begin(), exemplars.end(), [&](const auto& e) { return !has_home(e); }));
                }));
    }
    stats::exemplars_dropped.add(homeless);
    return slots;
}

Result<size_t> MetricStoreImpl::exemplars_a_series(
    const std::vector<std::pair<const MetricFile*, size_t>>& files) const {
    // A series may stand in several files, so its share is a lower bound: it counts only where all are too many
    // together.
    uint64_t series = 0;
    uint64_t all = 0;
    for (const auto& [file, table] : files) {
        TRY(ExemplarReader(*file->file, table).for_each([&](uint32_t, const std::vector<model::Exemplar>& exemplars) {
            series++;
            all += exemplars.size();
        }));
    }
    if (all <= options_.config.exemplars_max) return std::max<size_t>(1, options_.config.exemplars_per_series_max);
    const uint64_t share = options_.config.exemplars_max / std::max<uint64_t>(1, series);
    return std::clamp<uint64_t>(share, 1, std::max<uint64_t>(1, options_.config.exemplars_per_series_max));
}

}  // namespace belfry::store
