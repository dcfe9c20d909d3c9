#include "base/hash.h"
#include "base/log.h"
#include "store/metric/chunk_table.h"
#include "store/metric/hidden.h"
#include "store/metric/merge.h"
#include "store/metric/part_writer.h"
#include "store/metric/records.h"
#include "store/metric/span_writer.h"
#include "store/metric/stats.h"
#include "store/metric/store_impl.h"

// Keeping rewrites the files of a span of days as a whole: when a rule of retention or down-sampling falls due for it,
// when late samples lie beside records, and when erased samples shall give their space back. One span a turn, so that
// seals and folds go on in between. A span says with a fingerprint which rules were applied to it.

namespace belfry::store {
namespace {

constexpr int64_t LOOK_MS = 60'000;  // rules fall due by the day
constexpr uint64_t KEEP_COLUMN_CACHE_BYTES = 64ULL << 20;

std::string text_of(const KeepMatch& m) {
    return m.tenant + '\n' + m.match + '\n';
}

}  // namespace

bool MetricStoreImpl::is_due(const RetentionRule& rule, int32_t last_day) const {
    return (static_cast<int64_t>(last_day) + 1) * DAY_MS <= clock_.now_ms() - rule.keep_ms;
}

bool MetricStoreImpl::is_due(const DownsampleRule& rule, int32_t last_day, int64_t age_ms) const {
    return (static_cast<int64_t>(last_day) + 1) * DAY_MS <= clock_.now_ms() - std::max(age_ms, rule.after_ms);
}

// Of the rules that are due for a span that ends with the day; 0: none.
uint64_t MetricStoreImpl::rules_due(int32_t last_day) const {
    std::string all;
    std::string before;  // which rule decides also depends on those in front of it
    for (const RetentionRule& rule : options_.config.retention_rules) {
        before += text_of(rule.series) + std::to_string(rule.keep_ms) + '\n';
        if (is_due(rule, last_day)) all += "keep\n" + before;
    }
    for (const DownsampleRule& rule : options_.config.downsample_rules) {
        if (!is_due(rule, last_day, 0)) continue;
        all += fmt::format("records {}{} {}\n", text_of(rule.series), rule.to_ms,
                           is_due(rule, last_day, rule.keep_raw_ms));
    }
    return all.empty() ? 0 : std::max<uint64_t>(1, hash128(all).low);
}

// Is there a series in the files that a due rule speaks of?
Result<bool> MetricStoreImpl::rules_concern(const StoreView& v, const KeepPlan& plan) const {
    std::vector<const KeepMatch*> due;
    for (const RetentionRule& rule : options_.config.retention_rules) {
        if (is_due(rule, plan.last_day)) due.push_back(&rule.series);
    }
    for (const DownsampleRule& rule : options_.config.downsample_rules) {
        if (is_due(rule, plan.last_day, 0)) due.push_back(&rule.series);
    }
    for (const auto& part : v.parts) {
        if (std::none_of(plan.inputs.begin(), plan.inputs.end(), [&](const auto& f) { return f.name == part->name; }))
            continue;
        PartIndex index(*part);
        for (const KeepMatch* match : due) {
            if (match->matchers.empty() && match->tenant.empty()) return true;
            Ids ids;
            if (match->tenant.empty()) {
                // of any tenant: the matchers alone
                for (const std::string& tenant : TRY(tenants_of(index)))
                    ids = unite(ids, TRY(find_series(index, tenant, match->matchers)));
            } else {
                ids = TRY(find_series(index, match->tenant, match->matchers));
            }
            if (!ids.empty()) return true;
        }
    }
    return false;
}

Result<std::vector<std::string>> MetricStoreImpl::tenants_of(const PartIndex& index) {
    std::vector<std::string> out = {std::string(model::DEFAULT_TENANT)};
    if (!index.has_tenants()) return out;
    TRY(index.for_each_value(model::TENANT_LABEL, [&](std::string_view tenant) { out.emplace_back(tenant); }));
    return out;
}

std::vector<MetricStoreImpl::KeepPlan> MetricStoreImpl::plan_keep(const StoreView& v, bool clean) const {
    std::map<int32_t, KeepPlan> spans;
    for (const auto& file : v.manifest->files) {
        if (!is_in_span(file.kind)) continue;
        KeepPlan& plan = spans[file.first_day];
        plan.first_day = file.first_day;
        plan.last_day = file.last_day;
        plan.inputs.push_back(file);
    }
    std::vector<KeepPlan> out;
    for (auto& [day, span] : spans) {
        KeepPlan& plan = span;  // clang 14 does not let lambdas take structured bindings
        plan.rules = rules_due(plan.last_day);
        plan.by_rules =
            std::any_of(plan.inputs.begin(), plan.inputs.end(), [&](const auto& f) { return f.rules != plan.rules; });
        uint64_t records_seq = 0;
        uint64_t samples_seq = 0;
        for (const auto& file : plan.inputs) {
            uint64_t& seq = file.resolution_ms != 0 ? records_seq : samples_seq;
            seq = std::max(seq, file.seq);
            for (const Manifest::Tombstone& t : v.manifest->tombstones) {
                if (clean && file.seq < t.below_seq && file.min_ms < t.what.range.to_ms &&
                    file.max_ms >= t.what.range.from_ms)
                    plan.must = true;
            }
        }
        plan.must = plan.must || (records_seq != 0 && samples_seq > records_seq);
        if (plan.must || plan.by_rules) out.push_back(std::move(plan));
    }
    return out;
}

// The next span that is due. False: there was none.
Result<bool> MetricStoreImpl::keep_one() {
    const bool clean = clean_wanted_.load(std::memory_order_relaxed);
    const std::shared_ptr<const StoreView> before = view();
    const std::vector<KeepPlan> plans = plan_keep(*before, clean);
    if (plans.empty()) {
        if (!clean) return false;
        clean_wanted_.store(false, std::memory_order_relaxed);
        Manifest manifest = *before->manifest;
        manifest.drop_spent_tombstones();
        if (manifest.tombstones != before->manifest->tombstones)
            TRY(publish(std::make_shared<StoreView>(*before), std::move(manifest)));
        return false;
    }
    keep_planned_ = std::max(keep_planned_, plans.size());
    const KeepPlan& plan = plans.front();
    if (!plan.must && !TRY(rules_concern(*before, plan))) {
        Manifest manifest = *before->manifest;
        for (auto& file : manifest.files) {
            if (is_in_span(file.kind) && file.first_day == plan.first_day) file.rules = plan.rules;
        }
        TRY(publish(std::make_shared<StoreView>(*before), std::move(manifest)));
        return true;
    }
    set_work(fmt::format("rewrite days {} to {}", plan.first_day, plan.last_day),
             static_cast<double>(keep_planned_ - plans.size()) / static_cast<double>(keep_planned_));
    auto done = rewrite_span(*before, plan);
    set_work("", 0);
    if (!done) return std::move(done).error().context("rewrite days {} to {}", plan.first_day, plan.last_day);
    return true;
}

Status MetricStoreImpl::keep(bool all) {
    const int64_t now_ms = clock_.monotonic_ms();
    if (!all && !keep_goes_on_ && !clean_wanted_ && now_ms - last_keep_ms_ < LOOK_MS) return {};
    last_keep_ms_ = now_ms;
    do {
        keep_goes_on_ = false;
        keep_goes_on_ = TRY(keep_one());
    } while (all && keep_goes_on_);
    if (!keep_goes_on_) keep_planned_ = 0;
    return {};
}

Status MetricStoreImpl::rewrite_span(const StoreView& v, const KeepPlan& plan) {
    crash_point("keep.begin");
    Manifest manifest = *v.manifest;
    const model::TimeRange range{static_cast<int64_t>(plan.first_day) * DAY_MS,
                                 (static_cast<int64_t>(plan.last_day) + 1) * DAY_MS};
    const Hidden hidden(manifest, options_.config.retention_rules, clock_.now_ms());
    ColumnCache cache(KEEP_COLUMN_CACHE_BYTES);
    SpanReader reader(v, plan.inputs, hidden, cache);
    SpanWriter writer(options_.dir, plan.first_day, plan.last_day, manifest.next_seq);
    while (TRY(reader.next())) {
        const model::LabelsView labels = reader.labels();
        const std::string_view tenant = labels.tenant();
        const RetentionRule* retention = retention_rule(options_.config.retention_rules, tenant, labels);
        if (retention != nullptr && is_due(*retention, plan.last_day)) continue;
        std::set<int64_t> wanted;
        int64_t finest_ms = 0;
        for (const DownsampleRule& rule : options_.config.downsample_rules) {
            if (!is_due(rule, plan.last_day, 0) || !rule.series.accepts(tenant, labels)) continue;
            wanted.insert(rule.to_ms);
            if (is_due(rule, plan.last_day, rule.keep_raw_ms)) finest_ms = std::max(finest_ms, rule.to_ms);
        }
        SpanSeries series = TRY(reader.read(range));
        TRY(writer.add(labels, series, wanted, finest_ms));
    }
    crash_point("keep.before_sync");
    std::vector<Manifest::FileEntry> entries = TRY(writer.finish());
    manifest.next_seq = writer.next_seq();
    auto next = std::make_shared<StoreView>(v);
    std::set<std::string> gone;
    for (const auto& input : plan.inputs)
        gone.insert(input.name);
    std::erase_if(manifest.files, [&](const auto& f) { return gone.contains(f.name); });
    std::erase_if(next->parts, [&](const auto& f) { return gone.contains(f->name); });
    for (Manifest::FileEntry& entry : entries) {
        entry.rules = plan.rules;
        stats::bytes_written.add(entry.bytes);
        next->parts.push_back(TRY(open_metric_file(options_.dir, entry.name, entry.kind)));
        manifest.files.push_back(std::move(entry));
    }
    manifest.drop_spent_tombstones();
    crash_point("keep.written");
    TRY(publish(std::move(next), std::move(manifest)));
    crash_point("keep.published");
    for (const std::string& name : gone) {
        if (auto removed = files_.remove(path(name)); !removed)
            log_warn("store", "an old file stays", {{"file", name}, {"error", removed.error().message}});
    }
    return {};
}

}  // namespace belfry::store
