#include "api/belfry/status.h"

#include "base/json.h"
#include "base/log.h"

namespace belfry::api {
namespace {

constexpr size_t LOG_LINES_SHOWN = 100;
constexpr int64_t LAG_WARN_MS = 10'000;  // longer than any store needs for a batch

void number_or_null(JsonWriter& json, std::string_view name, std::optional<double> value) {
    json.key(name);
    if (value)
        json.number(*value);
    else
        json.null();
}

void numbers(JsonWriter& json, std::string_view name, const std::vector<double>& values) {
    json.key(name).begin_array();
    for (const double value : values)
        json.number(value);  // NaN becomes null
    json.end_array();
}

double rounded(double value) {
    return std::round(value * 10) / 10;
}

std::vector<double> rounded(std::vector<double> values) {
    for (double& value : values)
        value = rounded(value);
    return values;
}

std::string_view text(ConsumerState state) {
    switch (state) {
        case ConsumerState::in_step: return "in_step";
        case ConsumerState::behind: return "behind";
        case ConsumerState::stopped: return "stopped";
    }
    return "";
}

std::string_view text(DiskGuard guard) {
    switch (guard) {
        case DiskGuard::ok: return "ok";
        case DiskGuard::low: return "low";
        case DiskGuard::full: return "full";
    }
    return "";
}

double bytes_per_day(const StatusFacts& facts) {
    double sum = 0;
    for (const StoreFacts& store : facts.stores)
        sum += store.bytes_per_day.value_or(0);
    return sum;
}

std::optional<double> days_to_full(const StatusFacts& facts) {
    const double growth = bytes_per_day(facts);
    if (growth <= 0) return std::nullopt;
    return rounded(static_cast<double>(facts.disk.free_bytes) / growth);
}

std::optional<double> bytes_per_sample(const StatusFacts& facts) {
    for (const StoreFacts& store : facts.stores) {
        if (store.id == "metric" && store.samples > 0)
            return static_cast<double>(store.bytes) / static_cast<double>(store.samples);
    }
    return std::nullopt;
}

void write_pipeline(JsonWriter& json, const StatusFacts& facts, const PipelineHistory& history) {
    const Rates received = history.received();
    const Rates log = history.log_bytes();
    const Rates stores = history.store_bytes();
    uint64_t senders = 0;
    for (const ReceiverFacts& receiver : facts.receivers)
        senders += receiver.senders;
    json.key("pipeline").begin_object();

    json.key("received").begin_object();
    json.field("per_s", rounded(received.per_s))
        .field("bytes_per_s", rounded(history.received_bytes().per_s))
        .field("senders", senders);
    json.field("refused_last_hour", refused_last_hour(facts));
    numbers(json, "history", rounded(received.history));
    json.end_object();

    json.key("log").begin_object();
    json.field("oldest_waiting_ms", facts.log.oldest_waiting_ms)
        .field("bytes", facts.log.bytes)
        .field("bytes_per_s", rounded(log.per_s));
    json.field("syncs_per_s", rounded(history.syncs().per_s))
        .field("sync_p50_ms", facts.log.sync_p50_ms)
        .field("sync_p99_ms", facts.log.sync_p99_ms);
    numbers(json, "history", rounded(log.history));
    json.end_object();

    const auto keep_up = std::count_if(facts.consumers.begin(), facts.consumers.end(),
                                       [](const ConsumerFacts& c) { return c.state == ConsumerState::in_step; });
    const uint64_t reads = facts.read_from_memory_total + facts.read_from_disk_total;
    json.key("consumers").begin_object();
    json.field("behind_records", behind_records(facts))
        .field("count", facts.consumers.size())
        .field("keep_up", static_cast<int64_t>(keep_up));
    json.field("from_memory_ratio",
               reads == 0 ? 1.0 : static_cast<double>(facts.read_from_memory_total) / static_cast<double>(reads));
    numbers(json, "history", history.behind());
    json.end_object();

    json.key("stores").begin_object();
    json.field("bytes_per_s", rounded(stores.per_s));
    number_or_null(json, "bytes_per_sample", bytes_per_sample(facts));
    number_or_null(json, "days_to_full", days_to_full(facts));
    numbers(json, "history", rounded(stores.history));
    json.end_object();

    json.key("alarms").null().end_object();
}

void write_receivers(JsonWriter& json, const StatusFacts& facts, bool samples) {
    json.key("receivers").begin_array();
    for (const ReceiverFacts& r : facts.receivers) {
        json.begin_object()
            .field("id", r.id)
            .field("title", r.title)
            .field("listens_on", r.listens_on)
            .field("records_total", r.records_total);
        json.field("per_s", rounded(r.per_s)).field("senders", r.senders).key("last_ms");
        if (r.last_ms)
            json.integer(*r.last_ms);
        else
            json.null();
        json.field("refused_total", r.refused_total);
        numbers(json, "history", r.history);
        json.key("last_refusal");
        if (r.last_refusal && samples) {
            const RefusalFacts& refusal = *r.last_refusal;
            json.begin_object()
                .field("reason", refusal.reason)
                .field("message", refusal.message)
                .field("sample", refusal.sample);
            json.field("ms", refusal.last_ms).end_object();
        } else {
            json.null();
        }
        json.end_object();
    }
    json.end_array();
}

void write_refusals(JsonWriter& json, const StatusFacts& facts, bool samples) {
    json.key("refusals").begin_array();
    for (const RefusalFacts& r : facts.refusals) {
        json.begin_object()
            .field("receiver", r.receiver)
            .field("reason", r.reason)
            .field("total", r.total)
            .field("last_ms", r.last_ms);
        json.field("message", samples ? r.message : "").field("sample", samples ? r.sample : "").end_object();
    }
    json.end_array();
}

void write_consumers(JsonWriter& json, const StatusFacts& facts) {
    json.key("consumers").begin_array();
    for (const ConsumerFacts& c : facts.consumers) {
        json.begin_object()
            .field("id", c.id)
            .field("title", c.title)
            .field("topic", c.topic)
            .field("position", c.position)
            .field("end", c.end);
        json.field("behind", c.end > c.position ? c.end - c.position : 0)
            .field("lag_ms", c.lag_ms)
            .field("state", text(c.state));
        json.field("error", c.error).end_object();
    }
    json.end_array();
}

void write_stores(JsonWriter& json, const StatusFacts& facts) {
    json.key("stores").begin_array();
    for (const StoreFacts& s : facts.stores) {
        json.begin_object().field("id", s.id).field("title", s.title).field("bytes", s.bytes);
        number_or_null(json, "bytes_per_day", s.bytes_per_day);
        json.field("kept", s.kept)
            .field("files", s.files)
            .field("series", s.series)
            .field("samples", s.samples)
            .field("detail", s.detail)
            .end_object();
    }
    json.end_array();
}

void write_machine(JsonWriter& json, const StatusFacts& facts) {
    json.key("disk").begin_object();
    json.field("total_bytes", facts.disk.total_bytes)
        .field("free_bytes", facts.disk.free_bytes)
        .field("belfry_bytes", facts.disk.belfry_bytes);
    number_or_null(json, "days_to_full", days_to_full(facts));
    json.field("guard", text(facts.disk.guard)).end_object();

    json.key("memory").begin_object().field("rss_bytes", facts.memory.rss_bytes).key("limit_bytes");
    if (facts.memory.limit_bytes)
        json.unsigned_integer(*facts.memory.limit_bytes);
    else
        json.null();
    json.key("parts").begin_array();
    for (const MemoryPart& part : facts.memory.parts)
        json.begin_object().field("title", part.title).field("bytes", part.bytes).end_object();
    json.end_array().end_object();

    json.key("cluster").null().key("work").begin_array();
    for (const WorkFacts& work : facts.work) {
        json.begin_object().field("title", work.title).field("done_ratio", work.done_ratio).key("left_ms");
        if (work.left_ms)
            json.integer(*work.left_ms);
        else
            json.null();
        json.end_object();
    }
    json.end_array();

    json.key("limits").begin_array();
    for (const LimitFacts& limit : facts.limits) {
        json.begin_object()
            .field("key", limit.key)
            .field("value", limit.value)
            .field("used", limit.used)
            .field("unit", limit.unit)
            .end_object();
    }
    json.end_array();
}

void write_own_log(JsonWriter& json, bool shown) {
    json.key("own_log").begin_array();
    for (const LogLine& line : shown ? recent_log_lines(LOG_LINES_SHOWN) : std::vector<LogLine>()) {
        json.begin_object()
            .field("ms", line.time_ms)
            .field("level", to_string(line.level))
            .field("folder", line.folder)
            .field("message", line.message);
        json.key("fields").begin_object();
        for (const auto& [key, value] : line.fields)
            json.field(key, value);
        json.end_object().end_object();
    }
    json.end_array();
}

void write_config(JsonWriter& json, const std::vector<ConfigRow>& rows, bool shown) {
    json.key("config").begin_array();
    for (const ConfigRow& row : rows) {
        if (!shown) break;
        json.begin_object()
            .field("key", row.key)
            .field("value", row.value)
            .field("default", row.default_value)
            .field("source", row.source)
            .end_object();
    }
    json.end_array();
}

}  // namespace

Judgement judge(const StatusFacts& facts) {
    for (const ConsumerFacts& c : facts.consumers) {
        if (c.state == ConsumerState::stopped)
            return {"error",
                    fmt::format("The {} has stopped: {}.", c.title, c.error.empty() ? "see the log" : c.error)};
    }
    if (facts.disk.guard == DiskGuard::full)
        return {"error", "The disk is full: new data is refused until there is room."};
    for (const StoreFacts& s : facts.stores) {
        if (s.damaged > 0)
            return {"error",
                    fmt::format("{}: {} damaged pieces were set aside; the rest is served.", s.title, s.damaged)};
    }
    if (facts.disk.guard == DiskGuard::low)
        return {"warn", "The disk is nearly full: only what stores still need is kept in the log."};
    for (const ConsumerFacts& c : facts.consumers) {
        if (c.lag_ms > LAG_WARN_MS)
            return {"warn",
                    fmt::format("Everything accepted is safe; the {} is {} s behind.", c.title, c.lag_ms / 1000)};
    }
    if (const uint64_t refused = refused_last_hour(facts); refused > 0)
        return {"warn",
                fmt::format("Everything accepted is stored; {} records were refused in the last hour.", refused)};
    return {"ok", "Everything accepted is stored."};
}

http::Response StatusResource::status(const http::Request& request) const {
    const StatusFacts facts = source_.facts();
    const bool all = !request.identity.tenant_bound;
    const Judgement judgement = judge(facts);
    JsonWriter json;
    json.begin_object().field("now_ms", clock_.now_ms());
    json.key("judgement")
        .begin_object()
        .field("state", judgement.state)
        .field("sentence", judgement.sentence)
        .end_object();
    write_pipeline(json, facts, history_);
    write_receivers(json, facts, all);
    write_refusals(json, facts, all);
    write_consumers(json, facts);
    write_stores(json, facts);
    write_machine(json, facts);
    write_own_log(json, all);
    write_config(json, server_.config, all);
    json.end_object();
    return http::json_response(json.take());
}

http::Response StatusResource::receivers(const http::Request& request) const {
    JsonWriter json;
    json.begin_object().field("address", server_.address);
    write_receivers(json, source_.facts(), !request.identity.tenant_bound);
    json.end_object();
    return http::json_response(json.take());
}

}  // namespace belfry::api
