#include "ingest/host/live.h"

namespace belfry::ingest::host {
namespace {

enum Id : size_t {
    CPU,
    LOAD,
    MEMORY,
    SWAP,
    DISK_BUSY,
    DISK_WRITTEN,
    DISK_READ,
    NETWORK_IN,
    NETWORK_OUT,
    CONNECTIONS,
    SWITCHES,
    CPU_PRESSURE,
    IO_PRESSURE,
    MEMORY_PRESSURE,
    PROCESSES,
    BELFRY_MEMORY,
    BELFRY_CPU,
    RECEIVED,
    ID_COUNT
};
static_assert(ID_COUNT == HostLive::SERIES_COUNT);

struct Description {
    std::string_view id;
    std::string_view title;
    std::string_view unit;
};
constexpr Description DESCRIPTIONS[ID_COUNT] = {{"cpu", "CPU", "ratio"},
                                                {"load", "Load", "count"},
                                                {"memory", "Memory used", "bytes"},
                                                {"swap", "Swap used", "bytes"},
                                                {"disk_busy", "Disk busy", "ratio"},
                                                {"disk_written", "Disk writes", "bytes_per_s"},
                                                {"disk_read", "Disk reads", "bytes_per_s"},
                                                {"network_in", "Network in", "bytes_per_s"},
                                                {"network_out", "Network out", "bytes_per_s"},
                                                {"connections", "TCP connections", "count"},
                                                {"switches", "Context switches", "per_s"},
                                                {"cpu_pressure", "CPU pressure", "ratio"},
                                                {"io_pressure", "I/O pressure", "ratio"},
                                                {"memory_pressure", "Memory pressure", "ratio"},
                                                {"processes", "Processes", "count"},
                                                {"belfry_memory", "Belfry memory", "bytes"},
                                                {"belfry_cpu", "Belfry CPU", "ratio"},
                                                {"received", "Samples received", "per_s"}};

constexpr double GAP = std::numeric_limits<double>::quiet_NaN();

// A counter that went back was reset (a device was removed): that second is a gap.
double per_second(uint64_t now, uint64_t before, double seconds) {
    return now < before ? GAP : static_cast<double>(now - before) / seconds;
}

uint64_t sum_ticks(const CpuTicks& ticks) {
    uint64_t out = 0;
    for (size_t mode = USER; mode <= STEAL; mode++)
        out += ticks[mode];  // guest time is in user and nice
    return out;
}

double busy_ratio(const CpuTicks& now, const CpuTicks& before) {
    const uint64_t total = sum_ticks(now);
    const uint64_t total_before = sum_ticks(before);
    if (total <= total_before) return GAP;
    const uint64_t idle = now[IDLE] + now[IOWAIT];
    const uint64_t idle_before = before[IDLE] + before[IOWAIT];
    const uint64_t idle_part = idle > idle_before ? idle - idle_before : 0;
    return std::clamp(1 - static_cast<double>(idle_part) / static_cast<double>(total - total_before), 0.0, 1.0);
}

}  // namespace

HostLive::HostLive(const HostIdentity& identity)
    : host_(identity.node_name), os_(identity.os()), kernel_(identity.kernel_release) {}

HostLive::Before HostLive::counters_of(const HostSnapshot& s, uint64_t received_total) {
    Before out;
    out.time_ms = s.time_ms;
    out.cpu = s.stat.total;
    out.context_switches = s.stat.context_switches;
    for (const DiskStat& d : s.disks) {
        out.disk_read_bytes += d.fields[READ_SECTORS] * 512;
        out.disk_written_bytes += d.fields[WRITE_SECTORS] * 512;
        out.disk_busy_ms.emplace_back(d.device, d.fields[IO_MS]);
    }
    for (const NetworkDevice& n : s.network) {
        if (n.device == "lo") continue;
        out.network_in_bytes += n.counters[RECEIVE_BYTES];
        out.network_out_bytes += n.counters[TRANSMIT_BYTES];
    }
    out.cpu_pressure_us = s.cpu_pressure ? s.cpu_pressure->some_us : 0;
    out.io_pressure_us = s.io_pressure ? s.io_pressure->some_us : 0;
    out.memory_pressure_us = s.memory_pressure ? s.memory_pressure->some_us : 0;
    out.own_cpu_ticks = s.own_cpu_ticks;
    out.received = received_total;
    return out;
}

HostLive::Values HostLive::values_of(const HostSnapshot& s,
                                     const Before& before,
                                     const Before& now,
                                     const ProcessScan& processes) {
    Values v;
    v.fill(GAP);
    if (s.load) v[LOAD] = s.load->one;
    const uint64_t memory_total = s.memory_bytes("MemTotal");
    if (memory_total > 0)
        v[MEMORY] = static_cast<double>(memory_total - std::min(memory_total, s.memory_bytes("MemAvailable")));
    const uint64_t swap_total = s.memory_bytes("SwapTotal");
    if (swap_total > 0) v[SWAP] = static_cast<double>(swap_total - std::min(swap_total, s.memory_bytes("SwapFree")));
    if (const std::optional<int64_t> open = s.protocol("Tcp", "CurrEstab")) v[CONNECTIONS] = static_cast<double>(*open);
    if (processes.processes > 0) v[PROCESSES] = static_cast<double>(processes.processes);
    if (s.own_memory_bytes > 0) v[BELFRY_MEMORY] = static_cast<double>(s.own_memory_bytes);
    const double seconds = static_cast<double>(now.time_ms - before.time_ms) / 1000;
    if (before.time_ms == 0 || seconds <= 0) return v;

    v[CPU] = busy_ratio(now.cpu, before.cpu);
    v[SWITCHES] = per_second(now.context_switches, before.context_switches, seconds);
    if (!s.disks.empty()) {
        v[DISK_READ] = per_second(now.disk_read_bytes, before.disk_read_bytes, seconds);
        v[DISK_WRITTEN] = per_second(now.disk_written_bytes, before.disk_written_bytes, seconds);
        double busiest = GAP;
        for (const auto& [device, busy_ms] : now.disk_busy_ms) {
            for (const auto& [device_before, busy_ms_before] : before.disk_busy_ms) {
                if (device != device_before || busy_ms < busy_ms_before) continue;
                const double ratio = std::min(1.0, static_cast<double>(busy_ms - busy_ms_before) / 1000 / seconds);
                if (!(ratio <= busiest)) busiest = ratio;
            }
        }
        v[DISK_BUSY] = busiest;
    }
    if (!s.network.empty()) {
        v[NETWORK_IN] = per_second(now.network_in_bytes, before.network_in_bytes, seconds);
        v[NETWORK_OUT] = per_second(now.network_out_bytes, before.network_out_bytes, seconds);
    }
    const auto pressure = [&](uint64_t us, uint64_t us_before) {
        return std::min(1.0, per_second(us, us_before, seconds) / 1e6);
    };
    if (s.cpu_pressure) v[CPU_PRESSURE] = pressure(now.cpu_pressure_us, before.cpu_pressure_us);
    if (s.io_pressure) v[IO_PRESSURE] = pressure(now.io_pressure_us, before.io_pressure_us);
    if (s.memory_pressure) v[MEMORY_PRESSURE] = pressure(now.memory_pressure_us, before.memory_pressure_us);
    if (s.own_memory_bytes > 0) v[BELFRY_CPU] = per_second(now.own_cpu_ticks, before.own_cpu_ticks, seconds) / 100;
    v[RECEIVED] = per_second(now.received, before.received, seconds);
    return v;
}

void HostLive::add(const HostSnapshot& snapshot, const ProcessScan& processes, uint64_t received_total) {
    Before now = counters_of(snapshot, received_total);
    const Values values = values_of(snapshot, before_, now, processes);
    before_ = std::move(now);
    const std::lock_guard lock(mutex_);
    // The clock may have been set back: times stay ascending.
    if (row_count_ > 0 && snapshot.time_ms <= rows_[(row_count_ - 1) % SECONDS_KEPT].time_ms) row_count_ = 0;
    rows_[row_count_++ % SECONDS_KEPT] = {snapshot.time_ms, values};
    for (size_t i = 0; i < ID_COUNT; i++)
        known_[i] |= !std::isnan(values[i]);
    cores_ = snapshot.stat.cpus.size();
    memory_bytes_ = snapshot.memory_bytes("MemTotal");
    boot_ms_ = static_cast<int64_t>(snapshot.stat.boot_s) * 1000;
    by_cpu_ = processes.by_cpu;
    by_memory_ = processes.by_memory;
}

LiveView HostLive::view(int64_t since_ms) const {
    LiveView out;
    out.host = host_;
    out.os = os_;
    out.kernel = kernel_;
    const std::lock_guard lock(mutex_);
    out.cores = cores_;
    out.memory_bytes = memory_bytes_;
    out.boot_ms = boot_ms_;
    out.by_cpu = by_cpu_;
    out.by_memory = by_memory_;
    for (size_t i = 0; i < ID_COUNT; i++) {
        if (known_[i]) out.series.push_back({DESCRIPTIONS[i].id, DESCRIPTIONS[i].title, DESCRIPTIONS[i].unit, {}});
    }
    for (size_t r = row_count_ - std::min(row_count_, SECONDS_KEPT); r < row_count_; r++) {
        const Row& row = rows_[r % SECONDS_KEPT];
        if (row.time_ms <= since_ms) continue;
        out.times_ms.push_back(row.time_ms);
        size_t series = 0;
        for (size_t i = 0; i < ID_COUNT; i++) {
            if (known_[i]) out.series[series++].values.push_back(row.values[i]);
        }
    }
    return out;
}

}  // namespace belfry::ingest::host
