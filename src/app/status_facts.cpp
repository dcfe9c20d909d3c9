#include "app/status_facts.h"

#include "app/process_stats.h"
#include "base/number.h"
#include "ingest/statsd/stats.h"

namespace belfry::app {
namespace {

constexpr double DAY_MS = 86'400'000;
constexpr int64_t BEHIND_MS = 2'000;  // a consumer this late is called behind; below it is in step

std::string title_of(std::string_view consumer) {
    std::string out(consumer);
    std::replace(out.begin(), out.end(), '_', ' ');
    return out;
}

/// How long metrics are kept, and how much that is now.
std::string kept_text(const store::MetricStoreConfig& config, const store::MetricStoreStatus& m, int64_t now_ms) {
    std::string out = format_duration_ms(config.retention_ms);
    if (config.retention_bytes > 0) out += fmt::format(" or {} bytes", config.retention_bytes);
    if (m.oldest_ms > 0 && now_ms > m.oldest_ms) out += fmt::format(", {:.1f} days now", static_cast<double>(now_ms - m.oldest_ms) / DAY_MS);
    return out;
}

/// What else decides over keeping.
std::string keeping_text(const store::MetricStoreConfig& config, const store::MetricStoreStatus& m) {
    std::string out = fmt::format("{} samples in memory", m.head_samples);
    uint64_t records = 0;
    for (const store::MetricFileStatus& file : m.files) {
        if (file.resolution_ms != 0) records += file.samples;
    }
    if (!config.retention_rules.empty()) out += fmt::format(", {} rules of metric.retention", config.retention_rules.size());
    if (!config.downsample_rules.empty())
        out += fmt::format(", {} rules of metric.downsample, {} records", config.downsample_rules.size(), records);
    if (m.files_past_retention > 0) out += fmt::format(", {} files past the retention removed", m.files_past_retention);
    if (m.bytes_past_size > 0) out += fmt::format(", {} bytes past metric.retention_bytes removed", m.bytes_past_size);
    if (m.tombstones > 0) out += fmt::format(", {} deletions still in files", m.tombstones);
    return out;
}

api::RefusalFacts refusal_facts(const std::string& receiver, const ingest::RefusalSnapshot& r) {
    return {.receiver = receiver,
            .reason = r.reason,
            .total = r.total,
            .last_ms = r.last_ms,
            .message = r.message,
            .sample = r.sample};
}

}  // namespace

/// The main address with the port that was taken; OpenTelemetry's receiver has well-known ports beside it.
std::string AppStatus::listens_on(const ingest::ReceiverSnapshot& receiver) const {
    if (receiver.listens_on != parts_.config.server.listen) return receiver.listens_on;
    std::string out = parts_.server.address;
    if (receiver.id != "otlp") return out;
    for (const api::ServerFacts::Alias& alias : parts_.server.aliases)
        out += alias.error.empty() ? ", " + alias.address : "; " + alias.error;
    return out;
}

void AppStatus::add_receivers(api::StatusFacts& out) const {
    for (const ingest::ReceiverSnapshot& r : parts_.receivers.snapshot()) {
        api::ReceiverFacts facts{
            .id = r.id,
            .title = r.title,
            .listens_on = listens_on(r),
            .records_total = r.records_total,
            .bytes_total = r.bytes_total,
            .senders = r.senders,
            .refused_total = r.refused_total,
            .last_ms = r.last_ms,
            .last_refusal = std::nullopt};
        for (const ingest::RefusalSnapshot& refusal : r.refusals) {
            out.refusals.push_back(refusal_facts(r.id, refusal));
            if (!facts.last_refusal) facts.last_refusal = out.refusals.back();  // newest first
        }
        out.receivers.push_back(std::move(facts));
    }
}

void AppStatus::add_queue(api::StatusFacts& out) const {
    const queue::QueueStatus q = parts_.queue.snapshot();
    out.log = {.oldest_waiting_ms = q.oldest_waiting_ms,
               .bytes = q.log_bytes,
               .appended_bytes_total = q.appended_bytes_total,
               .syncs_total = q.syncs_total,
               .sync_p50_ms = q.sync_p50_ms,
               .sync_p99_ms = q.sync_p99_ms};
    out.read_from_memory_total = q.read_from_ring_total;
    out.read_from_disk_total = q.read_from_log_total;
    std::map<std::string, std::string> stopped;  // stage -> why
    for (const consumer::TopicConsumer* consumer : parts_.consumers) {
        for (const consumer::StageStatus& stage : consumer->status()) {
            if (stage.state == consumer::StageState::stopped) stopped.emplace(stage.name, stage.error);
        }
    }
    std::map<std::string, std::string> troubles;  // of destinations: they go on trying
    for (const forward::DestinationStatus& d : parts_.forwarder->status()) {
        std::string text = d.trouble.empty() ? "" : fmt::format("{}: {}", d.url, d.trouble);
        if (d.records_given_up > 0)
            text += fmt::format("{}{} records given up (forward.keep_bytes, forward.keep)", text.empty() ? "" : "; ",
                                d.records_given_up);
        troubles.emplace(d.consumer, std::move(text));
    }
    for (const queue::ConsumerStatus& c : q.consumers) {
        const auto trouble = troubles.find(c.name);
        const auto why = stopped.find(c.name);
        out.consumers.push_back({.id = c.name,
                                 .title = title_of(c.name),
                                 .topic = c.topic,
                                 .position = c.position,
                                 .end = c.end,
                                 .lag_ms = c.lag_ms,
                                 .state = why != stopped.end()    ? api::ConsumerState::stopped
                                          : c.lag_ms >= BEHIND_MS ? api::ConsumerState::behind
                                                                  : api::ConsumerState::in_step,
                                 .error = why != stopped.end()        ? why->second
                                          : trouble != troubles.end() ? trouble->second
                                                                      : ""});
    }
    out.stores.push_back({.id = "log",
                          .title = "Log (queue)",
                          .bytes = q.log_bytes,
                          .bytes_per_day = std::nullopt,
                          .kept = "until stored",
                          .files = q.log_segments,
                          .series = 0,
                          .samples = 0,
                          .detail = fmt::format("{} of {} bytes written", q.log_used_bytes, q.log_bytes),
                          .damaged = q.quarantined.size()});
    out.disk.guard = q.disk_guard == queue::DiskGuard::full  ? api::DiskGuard::full
                     : q.disk_guard == queue::DiskGuard::low ? api::DiskGuard::low
                                                             : api::DiskGuard::ok;
    out.memory.parts.push_back({.title = "queue: newest records", .bytes = q.ring_bytes + q.pending_bytes});
}

void AppStatus::add_metric_store(api::StatusFacts& out) const {
    const store::MetricStoreStatus m = parts_.metrics.status();
    out.stores.insert(out.stores.begin(),
                      {.id = "metric",
                       .title = "Metrics",
                       .bytes = m.disk_bytes,
                       .bytes_per_day = m.bytes_per_day > 0 ? std::optional<double>(m.bytes_per_day) : std::nullopt,
                       .kept = kept_text(parts_.config.metric_store, m, parts_.clock.now_ms()),
                       .files = m.files.size(),
                       .series = m.head_series,
                       .samples = m.stored_samples + m.head_samples,
                       .detail = keeping_text(parts_.config.metric_store, m),
                       .damaged = m.quarantined_files});
    if (!m.work.empty())
        out.work.push_back({.title = m.work, .done_ratio = m.work_done_ratio, .left_ms = std::nullopt});
    out.memory.parts.push_back({.title = "metrics: newest samples", .bytes = m.head_bytes});
    out.memory.parts.push_back({.title = "metrics: names and labels", .bytes = m.index_bytes});
    out.memory.parts.push_back({.title = "series dictionary", .bytes = parts_.dictionary.memory_bytes()});
    out.limits.push_back({.key = "metric.max_series",
                          .value = static_cast<double>(parts_.config.metric.max_series),
                          .used = static_cast<double>(parts_.dictionary.series_count()),
                          .unit = "series"});
    if (const model::CardinalityLimit label = parts_.dictionary.largest_label(); label.value > 0)
        out.limits.push_back({.key = label.key, .value = static_cast<double>(label.value), .used = static_cast<double>(label.used), .unit = "values"});
    out.limits.push_back({.key = "metric.tombstones_max",
                          .value = static_cast<double>(parts_.config.metric_store.tombstones_max),
                          .used = static_cast<double>(m.tombstones),
                          .unit = "deletions"});
    if (parts_.config.metric_store.retention_bytes > 0) {
        out.limits.push_back({.key = "metric.retention_bytes",
                              .value = static_cast<double>(parts_.config.metric_store.retention_bytes),
                              .used = static_cast<double>(m.disk_bytes),
                              .unit = "bytes"});
    }
    out.limits.push_back({.key = "metric.head_bytes_max",
                          .value = static_cast<double>(parts_.config.metric_store.head_bytes_max),
                          .used = static_cast<double>(m.head_bytes),
                          .unit = "bytes"});
    out.limits.push_back({.key = "catalog.dashboards_max",
                          .value = static_cast<double>(parts_.config.catalog.dashboards_max),
                          .used = static_cast<double>(parts_.catalog.snapshot()->dashboards.size()),
                          .unit = "dashboards"});
    out.limits.push_back({.key = "alarms.max",
                          .value = static_cast<double>(parts_.config.alarms.alarms_max),
                          .used = static_cast<double>(parts_.alarms.alarm_count()),
                          .unit = "alarms"});
    out.limits.push_back({.key = "statsd.keys_max",
                          .value = static_cast<double>(parts_.config.statsd.keys_max),
                          .used = ingest::statsd::keys_now.value(),
                          .unit = "series"});
}

api::StatusFacts AppStatus::facts() const {
    api::StatusFacts out;
    add_receivers(out);
    add_queue(out);
    add_metric_store(out);
    if (const Result<DiskSpace> space = parts_.files.space(parts_.data.path()); space.ok()) {
        out.disk.total_bytes = space->total_bytes;
        out.disk.free_bytes = space->free_bytes;
    }
    for (const api::StoreFacts& s : out.stores)
        out.disk.belfry_bytes += s.bytes;
    out.memory.rss_bytes = resident_bytes();
    for (const auto& alarm : parts_.alarms.alarms(""))
        if (alarm->state == model::AlarmState::alarm) ++out.alarms_ringing[alarm->tenant];
    return out;
}

}  // namespace belfry::app
