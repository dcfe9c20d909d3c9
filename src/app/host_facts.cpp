#include "app/host_facts.h"

namespace belfry::app {
namespace {

std::vector<api::HostProcess> processes(const std::vector<ingest::host::Process>& from) {
    std::vector<api::HostProcess> out;
    out.reserve(from.size());
    for (const ingest::host::Process& p : from) {
        out.push_back({.pid = p.pid, .name = p.name, .cpu_ratio = p.cpu_ratio, .memory_bytes = p.memory_bytes});
    }
    return out;
}

}  // namespace

api::HostLive HostFacts::live(int64_t since_ms) const {
    ingest::host::LiveView view = live_.view(since_ms);
    api::HostLive out{.host = std::move(view.host),
                      .os = std::move(view.os),
                      .kernel = std::move(view.kernel),
                      .cores = static_cast<uint32_t>(view.cores),
                      .memory_bytes = view.memory_bytes,
                      .boot_ms = view.boot_ms,
                      .step_ms = view.step_ms,
                      .times_ms = std::move(view.times_ms),
                      .series = {},
                      .by_cpu = processes(view.by_cpu),
                      .by_memory = processes(view.by_memory)};
    for (ingest::host::LiveSeries& s : view.series) {
        out.series.push_back({.id = std::string(s.id),
                              .title = std::string(s.title),
                              .unit = std::string(s.unit),
                              .values = std::move(s.values)});
    }
    return out;
}

}  // namespace belfry::app
