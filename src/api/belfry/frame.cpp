// The status line and the live page of this host: polled every second or two, so cheap.
#include "api/belfry/routes.h"
#include "base/json.h"
#include "base/number.h"
#include "model/labels.h"

namespace belfry::api {
namespace {

constexpr int64_t LIVE_SPAN_MS = 600'000;

http::Response frame(const BelfryParts& parts, const http::Request& request) {
    const StatusFacts facts = parts.status.facts();
    const int64_t now_ms = parts.clock.now_ms();
    int64_t queue_age_ms = facts.log.oldest_waiting_ms;
    for (const ConsumerFacts& consumer : facts.consumers)
        queue_age_ms = std::max(queue_age_ms, consumer.lag_ms);
    JsonWriter json;
    json.begin_object()
        .field("version", parts.server.version)
        .field("node", parts.server.node)
        .field("role", parts.server.role);
    json.field("now_ms", now_ms)
        .field("start_ms", parts.server.start_ms)
        .field("received_per_s", std::round(parts.history.received().per_s * 10) / 10);
    json.field("queue_age_ms", queue_age_ms).field("stored_to_ms", now_ms - queue_age_ms).key("tenants").begin_array();
    if (request.identity.tenant_bound) {
        json.string(request.identity.tenant);
    } else {
        std::set<std::string> tenants = {std::string(model::DEFAULT_TENANT)};
        const auto snapshot = parts.catalog.snapshot();
        for (const auto& [id, tenant] : snapshot->tenants)
            tenants.insert(id);
        for (const auto& [id, key] : snapshot->keys)
            tenants.insert(key.tenant);
        for (const std::string& tenant : tenants)
            json.string(tenant);
    }
    const auto ringing = facts.alarms_ringing.find(request.identity.tenant);
    json.end_array()
        .key("alarms_ringing")
        .unsigned_integer(ringing == facts.alarms_ringing.end() ? 0 : ringing->second);
    json.field("demo", parts.demo.state().running).end_object();
    return http::json_response(json.take());
}

void write_processes(JsonWriter& json, std::string_view name, const std::vector<HostProcess>& processes) {
    json.key(name).begin_array();
    for (const HostProcess& p : processes) {
        json.begin_object()
            .field("pid", p.pid)
            .field("name", p.name)
            .field("cpu_ratio", p.cpu_ratio)
            .field("memory_bytes", p.memory_bytes)
            .end_object();
    }
    json.end_array();
}

http::Response host_live(const BelfryParts& parts, const http::Request& request) {
    int64_t since_ms = parts.clock.now_ms() - LIVE_SPAN_MS;
    if (const auto text = request.query.get("since_ms")) {
        const auto given = parse_int(*text);
        if (!given)
            return http::error_response(
                make_error(Code::invalid, "since_ms is milliseconds since 1970, not {}", *text));
        since_ms = std::max(since_ms, *given);
    }
    const HostLive live = parts.host.live(since_ms);
    JsonWriter json;
    json.begin_object()
        .field("host", live.host)
        .field("os", live.os)
        .field("kernel", live.kernel)
        .field("cores", live.cores);
    json.field("memory_bytes", live.memory_bytes)
        .field("boot_ms", live.boot_ms)
        .field("step_ms", live.step_ms)
        .key("times_ms")
        .begin_array();
    for (const int64_t time_ms : live.times_ms)
        json.integer(time_ms);
    json.end_array().key("series").begin_array();
    for (const HostSeries& series : live.series) {
        json.begin_object()
            .field("id", series.id)
            .field("title", series.title)
            .field("unit", series.unit)
            .key("values")
            .begin_array();
        for (const double value : series.values)
            json.number(value);
        json.end_array().end_object();
    }
    json.end_array().key("processes").begin_object();
    write_processes(json, "by_cpu", live.by_cpu);
    write_processes(json, "by_memory", live.by_memory);
    json.end_object().end_object();
    return http::json_response(json.take());
}

}  // namespace

void add_frame_routes(http::Router& router, const BelfryParts& parts) {
    router.add("GET", "/api/v1/belfry/frame", http::Access::read,
               [parts](const http::Request& request) { return frame(parts, request); });
    router.add("GET", "/api/v1/belfry/host/live", http::Access::read,
               [parts](const http::Request& request) { return host_live(parts, request); });
}

}  // namespace belfry::api
