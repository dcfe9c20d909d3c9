#include "store/metric/part_meta.h"
#include "store/metric/store_impl.h"

namespace belfry::store {
namespace {

constexpr size_t GROWTH_DAYS = 7;

void keep_largest(std::vector<CountByName>& counts, size_t limit) {
    const auto larger = [](const CountByName& a, const CountByName& b) {
        return a.count != b.count ? a.count > b.count : a.name < b.name;
    };
    const size_t kept = std::min(limit, counts.size());
    std::partial_sort(counts.begin(), counts.begin() + static_cast<ptrdiff_t>(kept), counts.end(), larger);
    counts.resize(kept);
}

}  // namespace

MetricStoreStatus MetricStoreImpl::status() const {
    MetricStoreStatus out;
    const std::shared_ptr<const StoreView> v = view();
    int64_t min_ms = std::numeric_limits<int64_t>::max();
    int64_t max_ms = std::numeric_limits<int64_t>::min();
    for (const auto& epoch : v->epochs) {
        out.head_samples += epoch->samples();
        out.head_bytes += epoch->memory_bytes();
        min_ms = std::min(min_ms, epoch->min_time_ms());
        max_ms = std::max(max_ms, epoch->max_time_ms());
    }
    if (min_ms <= max_ms) {
        out.head_min_time_ms = min_ms;
        out.head_max_time_ms = max_ms;
    }
    {
        const std::shared_lock lock(index_.mutex());
        out.head_series = index_.series_count();
        out.index_bytes = index_.memory_bytes();
    }
    out.applied_samples = applied_samples_.load();
    out.out_of_order_samples = out_of_order_samples_.load();
    out.dropped_samples = dropped_samples_.load();
    out.covered_offset = covered_offset();
    out.applied_offset = applied_offset();
    out.quarantined_files = quarantined_.load();
    out.corrupt_reads = corrupt_reads_.load();
    out.files_past_retention = files_past_retention_.load();
    out.bytes_past_size = bytes_past_size_.load();
    out.tombstones = v->manifest->tombstones.size();
    std::map<int32_t, uint64_t> bytes_by_day;  // of spans of one day
    for (const auto& file : v->manifest->files) {
        out.disk_bytes += file.bytes;
        out.stored_samples += file.samples;
        out.files.push_back({file.name, file.kind, file.min_ms, file.max_ms, file.series, file.samples, file.bytes, file.resolution_ms});
        if (file.samples > 0) min_ms = std::min(min_ms, file.min_ms);
        if (is_in_span(file.kind) && file.first_day == file.last_day) bytes_by_day[file.first_day] += file.bytes;
    }
    if (min_ms != std::numeric_limits<int64_t>::max()) out.oldest_ms = min_ms;
    // whole days only: today's part is not complete
    const int32_t today = day_of(clock_.now_ms());
    uint64_t sum = 0;
    size_t days = 0;
    for (auto it = bytes_by_day.rbegin(); it != bytes_by_day.rend() && days < GROWTH_DAYS; ++it) {
        if (it->first >= today || it->first < today - static_cast<int32_t>(GROWTH_DAYS)) continue;
        sum += it->second;
        days++;
    }
    if (days > 0) out.bytes_per_day = static_cast<double>(sum) / static_cast<double>(days);
    const std::lock_guard lock(view_mutex_);
    out.work = work_;
    out.work_done_ratio = work_done_;
    return out;
}

Cardinality MetricStoreImpl::cardinality(std::string_view tenant, size_t limit) const {
    Cardinality out;
    const std::shared_ptr<const StoreView> v = view();
    int64_t min_ms = std::numeric_limits<int64_t>::max();
    int64_t max_ms = std::numeric_limits<int64_t>::min();
    for (const auto& epoch : v->epochs) {
        min_ms = std::min(min_ms, epoch->min_time_ms());
        max_ms = std::max(max_ms, epoch->max_time_ms());
    }
    if (min_ms <= max_ms) {
        out.min_time_ms = min_ms;
        out.max_time_ms = max_ms;
    }
    std::map<std::string_view, std::pair<uint64_t, uint64_t>> by_label;  // values, bytes
    const std::shared_lock lock(index_.mutex());
    // with one tenant every posting is its own
    std::optional<Ids> own;
    if (tenant != model::DEFAULT_TENANT || index_.has_tenants()) {
        auto found = find_series(index_, tenant, {});
        own = found ? std::move(*found) : Ids();
    }
    out.series = own ? own->size() : index_.series_count();
    index_.for_each_pair([&](std::string_view name, std::string_view value, const Ids& slots) {
        if (name == model::TENANT_LABEL) return;
        const uint64_t count = own ? intersect(*own, slots).size() : slots.size();
        if (count == 0) return;
        out.label_pairs++;
        auto& [values, bytes] = by_label[name];
        values++;
        bytes += count * (name.size() + value.size());
        if (name == model::METRIC_NAME) out.series_by_metric.push_back({std::string(value), count});
        out.series_by_pair.push_back({fmt::format("{}={}", name, value), count});
        if (limit != 0 && out.series_by_pair.size() > std::max<size_t>(4096, limit * 4)) keep_largest(out.series_by_pair, limit);
    });
    for (const auto& [name, counts] : by_label) {
        out.values_by_label.push_back({std::string(name), counts.first});
        out.bytes_by_label.push_back({std::string(name), counts.second});
    }
    const size_t kept = limit == 0 ? std::numeric_limits<size_t>::max() : limit;
    keep_largest(out.series_by_metric, kept);
    keep_largest(out.values_by_label, kept);
    keep_largest(out.bytes_by_label, kept);
    keep_largest(out.series_by_pair, kept);
    return out;
}

std::vector<MetricName> MetricStoreImpl::metrics(std::string_view tenant, std::string_view prefix, size_t limit) const {
    std::vector<MetricName> out;
    {
        const std::shared_lock lock(index_.mutex());
        std::optional<Ids> own;
        if (tenant != model::DEFAULT_TENANT || index_.has_tenants()) {
            auto found = find_series(index_, tenant, {});
            own = found ? std::move(*found) : Ids();
        }
        index_.for_each_value(model::METRIC_NAME, [&](std::string_view name, const Ids& slots) {
            if (!name.starts_with(prefix)) return;
            const uint64_t count = own ? intersect(*own, slots).size() : slots.size();
            if (count > 0) out.push_back({std::string(name), count, model::MetricType::unknown, "", ""});
        });
    }
    std::sort(out.begin(), out.end(), [](const MetricName& a, const MetricName& b) { return a.name < b.name; });
    if (limit != 0 && out.size() > limit) out.resize(limit);
    const std::lock_guard lock(metadata_mutex_);
    for (MetricName& m : out) {
        auto it = metadata_.find({std::string(tenant), m.name});
        // histograms and summaries are described by their family
        for (const std::string_view suffix : {"_bucket", "_sum", "_count", "_total"}) {
            if (it != metadata_.end() || !std::string_view(m.name).ends_with(suffix)) continue;
            it = metadata_.find({std::string(tenant), m.name.substr(0, m.name.size() - suffix.size())});
        }
        if (it == metadata_.end()) continue;
        m.type = it->second.type;
        m.unit = it->second.unit;
        m.help = it->second.help;
    }
    return out;
}

std::vector<model::MetricMetadata> MetricStoreImpl::metadata(std::string_view tenant, std::string_view name, size_t limit) const {
    std::vector<model::MetricMetadata> out;
    const std::lock_guard lock(metadata_mutex_);
    for (auto it = metadata_.lower_bound({std::string(tenant), std::string(name)}); it != metadata_.end(); ++it) {
        if (it->first.first != tenant || (!name.empty() && it->first.second != name)) break;
        if (limit != 0 && out.size() == limit) break;
        out.push_back(it->second);
    }
    return out;
}

}  // namespace belfry::store
