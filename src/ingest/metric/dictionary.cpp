#include "ingest/metric/dictionary.h"

#include "ingest/metric/dictionary_tables.h"
#include "ingest/metric/stats.h"

#include <random>

namespace belfry::ingest {

uint32_t Dictionary::Tables::add_alias(const Hash128& key, uint32_t series_place) {
    const auto place = static_cast<uint32_t>(aliases.size());
    aliases.push_back({key, NONE, series_place});
    by_key.insert(key.low, place);
    return place;
}

namespace {

std::string metric_key(std::string_view tenant, std::string_view name) {
    std::string key(tenant);
    key.push_back('\0');
    key.append(name);
    return key;
}

}  // namespace

uint32_t Dictionary::Tables::find_metric(model::LabelsView labels) const {
    const auto found = metric_places.find(metric_key(labels.tenant(), labels.metric_name()));
    return found == metric_places.end() ? NONE : found->second;
}

uint32_t Dictionary::Tables::find_tenant(std::string_view tenant) const {
    const auto found = tenant_places.find(std::string(tenant));
    return found == tenant_places.end() ? NONE : found->second;
}

uint32_t Dictionary::Tables::metric_place(model::LabelsView labels) {
    const std::string_view tenant = labels.tenant();
    const std::string_view name = labels.metric_name();
    const auto [at, added] = metric_places.try_emplace(metric_key(tenant, name), static_cast<uint32_t>(metrics.size()));
    if (!added) return at->second;
    const auto [tenant_at, tenant_added] = tenant_places.try_emplace(std::string(tenant), static_cast<uint32_t>(tenants.size()));
    if (tenant_added) tenants.push_back({std::string(tenant), 0});
    metrics.push_back({std::string(name), tenant_at->second, 0, 0, {}, {}});
    return at->second;
}

uint32_t Dictionary::Tables::add_series(const Hash128& hash, uint32_t metric, model::HeadId id) {
    const auto place = static_cast<uint32_t>(series.size());
    series.push_back({id, hash, NEVER, metric});
    by_labels.insert(hash.low, place);
    ++metrics[metric].series;
    ++tenants[metrics[metric].tenant].series;
    next_id = std::max(next_id, id + 1);
    return place;
}

void Dictionary::Tables::sweep(int32_t day) {
    swept_day = day;
    cardinality.turn_day(day);
    std::vector<uint32_t> moved(series.size(), NONE);
    std::vector<Series> kept;
    for (size_t i = 0; i < series.size(); ++i) {
        if (series[i].logged_day < day - 1) continue;
        moved[i] = static_cast<uint32_t>(kept.size());
        kept.push_back(series[i]);
    }
    std::erase_if(metadata, [&](const auto& e) { return e.second.day < day - 1; });
    if (kept.size() == series.size()) return;
    ++generation;
    series = std::move(kept);
    std::vector<Alias> old = std::move(aliases);
    aliases.clear();
    by_key = {};
    by_labels = {};
    for (Metric& m : metrics) m.series = 0;
    for (Tenant& t : tenants) t.series = 0;
    for (uint32_t i = 0; i < series.size(); ++i) {
        by_labels.insert(series[i].labels.low, i);
        ++metrics[series[i].metric].series;
        ++tenants[metrics[series[i].metric].tenant].series;
    }
    for (const Alias& a : old)
        if (moved[a.series] != NONE) add_alias(a.key, moved[a.series]);
    for (auto& record : unconfirmed) {
        for (uint32_t& place : record) place = moved[place];
        std::erase(record, NONE);
    }
    // Names of metrics without series are forgotten with their places.
    std::vector<uint32_t> metric_moved(metrics.size(), NONE);
    std::vector<Metric> metrics_kept;
    for (size_t i = 0; i < metrics.size(); ++i) {
        if (metrics[i].series == 0) continue;
        metric_moved[i] = static_cast<uint32_t>(metrics_kept.size());
        metrics_kept.push_back(std::move(metrics[i]));
    }
    metrics = std::move(metrics_kept);
    for (Series& s : series) s.metric = metric_moved[s.metric];
    for (auto& [key, place] : metric_places) place = metric_moved[place];
    std::erase_if(metric_places, [](const auto& e) { return e.second == NONE; });
}

void Dictionary::Tables::reconcile(uint64_t queue_epoch) {
    if (queue_epoch <= epoch) return;  // another thread was faster
    for (const auto& record : unconfirmed)
        for (const uint32_t place : record) series[place].logged_day = NEVER;
    for (auto& record : unconfirmed) record.clear();  // their writers still hold the list's nodes
    metadata.clear();
    epoch = queue_epoch;
}

uint64_t Dictionary::Tables::memory_bytes() const {
    return aliases.capacity() * sizeof(Alias) + series.capacity() * sizeof(Series) + by_key.memory_bytes() +
           by_labels.memory_bytes() + metrics.size() * 288 + metadata.size() * 40 + cardinality.memory_bytes();
}

Dictionary::Dictionary(SeriesLimits limits) : limits_(limits), tables_(std::make_unique<Tables>(Cardinality::Limits{.values_per_label = limits.max_values_per_label, .pairs_max = limits.pairs_max})) {
    std::random_device random;
    for (uint64_t& seed : tables_->seeds) seed = static_cast<uint64_t>(random()) << 32 | random();
}

Dictionary::~Dictionary() = default;

void Dictionary::seed(model::HeadId id, model::LabelsView labels, int32_t logged_day) {
    const Hash128 hash = labels.hash();
    const std::unique_lock lock(mutex_);
    Tables& t = *tables_;
    uint32_t place = t.find_series(hash);
    const std::optional<int32_t> counted = place == Tables::NONE || t.series[place].logged_day == Tables::NEVER ? std::nullopt : std::optional(t.series[place].logged_day);
    t.cardinality.count(labels.tenant(), labels, logged_day, counted, 0);
    if (place == Tables::NONE) {
        place = t.add_series(hash, t.metric_place(labels), id);
    } else if (logged_day >= t.series[place].logged_day) {
        t.series[place].id = id;  // the same labels under two ids: the later one goes on
        t.next_id = std::max(t.next_id, id + 1);
    }
    t.series[place].logged_day = std::max(t.series[place].logged_day, logged_day);
    series_now.set(static_cast<double>(t.series.size()));
}

void Dictionary::reserve_ids(model::HeadId next) {
    const std::unique_lock lock(mutex_);
    tables_->next_id = std::max(tables_->next_id, next);
}

uint64_t Dictionary::series_count() const {
    const std::shared_lock lock(mutex_);
    return tables_->series.size();
}

uint64_t Dictionary::memory_bytes() const {
    const std::shared_lock lock(mutex_);
    return tables_->memory_bytes();
}

std::vector<MetricSeriesCount> Dictionary::largest_metrics(size_t count) const {
    std::vector<MetricSeriesCount> out;
    {
        const std::shared_lock lock(mutex_);
        for (const Tables::Metric& m : tables_->metrics)
            out.push_back({std::string(tables_->tenants[m.tenant].name), m.name, m.series});
    }
    const auto keep = static_cast<std::ptrdiff_t>(std::min(count, out.size()));
    std::partial_sort(out.begin(), out.begin() + keep, out.end(),
                      [](const auto& a, const auto& b) { return a.series > b.series; });
    out.resize(static_cast<size_t>(keep));
    return out;
}

model::CardinalityLimit Dictionary::largest_label() const {
    const std::shared_lock lock(mutex_);
    return tables_->cardinality.largest_label();
}

model::CardinalityReport Dictionary::cardinality(std::string_view tenant, int64_t now_ms, size_t limit) const {
    const int64_t minute = now_ms / 60'000;
    model::CardinalityReport out;
    const auto view = [&](const Tables::Metric* m) -> model::MetricCardinality {
        return {.name = m->name, .series = m->series, .created = m->created.at(minute), .refused = m->refused_total, .refused_lately = m->refused.at(minute)};
    };
    const std::shared_lock lock(mutex_);
    const Tables& t = *tables_;
    t.cardinality.report(tenant, now_ms, limit, out);
    const uint32_t place = t.find_tenant(tenant);
    std::vector<const Tables::Metric*> mine;
    for (const Tables::Metric& m : t.metrics)
        if (m.tenant == place) mine.push_back(&m);
    const auto list = [&](auto key, std::vector<model::MetricCardinality>& into) {
        std::vector<std::pair<uint64_t, const Tables::Metric*>> rows;
        for (const Tables::Metric* m : mine)
            if (const uint64_t k = key(*m); k > 0) rows.emplace_back(k, m);
        const auto keep = static_cast<std::ptrdiff_t>(std::min(limit, rows.size()));
        std::partial_sort(rows.begin(), rows.begin() + keep, rows.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second->name < b.second->name; });
        for (std::ptrdiff_t i = 0; i < keep; ++i)
            into.push_back(view(rows[static_cast<size_t>(i)].second));
    };
    list([](const Tables::Metric& m) { return m.series; }, out.metrics);
    list([&](const Tables::Metric& m) { return m.created.sum(minute); }, out.growing);
    list([&](const Tables::Metric& m) { return m.refused.sum(minute); }, out.refused_metrics);
    out.series = place == Tables::NONE ? 0 : t.tenants[place].series;
    out.metrics_count = static_cast<uint64_t>(std::count_if(mine.begin(), mine.end(), [](const auto* m) { return m->series > 0; }));
    out.memory_bytes = t.cardinality.memory_bytes();
    out.limits.push_back({.key = "metric.max_series", .value = limits_.max_series, .used = t.series.size(), .user = ""});
    out.limits.push_back({.key = "metric.max_series_per_tenant", .value = limits_.max_series_per_tenant, .used = out.series, .user = std::string(tenant)});
    out.limits.push_back({.key = "metric.max_series_per_metric", .value = limits_.max_series_per_metric, .used = out.metrics.empty() ? 0 : out.metrics[0].series, .user = out.metrics.empty() ? "" : out.metrics[0].name});
    out.limits.push_back({.key = "metric.max_values_per_label", .value = limits_.max_values_per_label, .used = out.labels.empty() ? 0 : out.labels[0].values, .user = out.labels.empty() ? "" : out.labels[0].name});
    return out;
}

}  // namespace belfry::ingest
