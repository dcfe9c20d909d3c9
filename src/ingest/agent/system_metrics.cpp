#include "ingest/agent/system_metrics.h"

#include <numeric>

namespace belfry::ingest::agent {
namespace {

constexpr double MB = 1024.0 * 1024.0;
constexpr double TICKS_PER_S = 100;  // USER_HZ
constexpr double SECTORS_PER_KB = 2;

/// What one counter of a device is called, and by what a difference is divided.
struct Rate {
    size_t field = 0;
    std::string_view name;
    double divisor = 1;
};

constexpr Rate DISK_RATES[] = {{host::READS, "io.read_req_sec"},
                               {host::WRITES, "io.write_req_sec"},
                               {host::READ_SECTORS, "io.read_kbytes_sec", SECTORS_PER_KB},
                               {host::WRITE_SECTORS, "io.write_kbytes_sec", SECTORS_PER_KB},
                               {host::READ_MS, "io.read_time_sec", 1000},
                               {host::WRITE_MS, "io.write_time_sec", 1000}};
// /proc/net/dev has bytes, packets, errs, drop, ... for each way
constexpr Rate NETWORK_RATES[] = {{0, "net.in_bytes_sec"},    {1, "net.in_packets_sec"},
                                  {2, "net.in_errors_sec"},   {3, "net.in_packets_dropped_sec"},
                                  {8, "net.out_bytes_sec"},   {9, "net.out_packets_sec"},
                                  {10, "net.out_errors_sec"}, {11, "net.out_packets_dropped_sec"}};

class SystemCheck final : public Check {
  public:
    SystemCheck(Clock& clock, std::string hostname, std::string root)
        : clock_(clock), reader_(std::move(root)), metrics_(std::move(hostname)) {}

    Status run(Measurements& out) override {
        const int64_t start_ns = clock_.monotonic_ns();
        const host::HostSnapshot& snapshot = reader_.read(clock_.now_ms());
        const host::HostDetails& details = reader_.read_details();
        out = metrics_.map(snapshot, details);
        const auto own = host::parse_process_stat(host::read_small_file("/proc/self/stat"));
        const double took_s = static_cast<double>(clock_.monotonic_ns() - start_ns) / 1e9;
        for (Measurement& m : metrics_.own(snapshot.time_ms, own ? static_cast<double>(own->threads) : 0, took_s))
            out.push_back(std::move(m));
        return {};
    }

  private:
    Clock& clock_;  // outlives this
    host::HostReader reader_;
    SystemMetrics metrics_;
};

}  // namespace

std::unique_ptr<Check> make_system_check(Clock& clock, std::string hostname, std::string root) {
    return std::make_unique<SystemCheck>(clock, std::move(hostname), std::move(root));
}

void SystemMetrics::add(std::string_view name, double value, std::string_view dimension, std::string_view is) {
    Measurement m{.name = std::string(name),
                  .dimensions = {{"hostname", hostname_}},
                  .value = value,
                  .time_ms = time_ms_,
                  .error = {}};
    if (!dimension.empty()) m.dimensions.emplace(dimension, is);
    out_.push_back(std::move(m));
}

Measurements SystemMetrics::map(const host::HostSnapshot& snapshot, const host::HostDetails& details) {
    out_.clear();
    time_ms_ = snapshot.time_ms;
    elapsed_s_ = last_ms_ == 0 || time_ms_ <= last_ms_ ? 0 : static_cast<double>(time_ms_ - last_ms_) / 1000;
    map_cpu(snapshot.stat);
    if (snapshot.load) {
        add("load.avg_1_min", snapshot.load->one);
        add("load.avg_5_min", snapshot.load->five);
        add("load.avg_15_min", snapshot.load->fifteen);
    }
    map_memory(snapshot);
    map_file_systems(details);
    map_disks(snapshot);
    map_network(snapshot, details);
    last_ms_ = time_ms_;
    return std::move(out_);
}

void SystemMetrics::map_cpu(const host::KernelStat& stat) {
    const host::CpuTicks& now = stat.total;
    add("cpu.total_logical_cores", static_cast<double>(stat.cpus.size()));
    // guests are within user and nice
    const auto user = [](const host::CpuTicks& t) { return t[host::USER] + t[host::NICE]; };
    const auto kernel = [](const host::CpuTicks& t) { return t[host::SYSTEM] + t[host::IRQ] + t[host::SOFTIRQ]; };
    const auto all = [](const host::CpuTicks& t) {
        return std::accumulate(t.begin(), t.begin() + host::GUEST, uint64_t{0});
    };
    const auto seconds = [](uint64_t ticks) { return static_cast<double>(ticks) / TICKS_PER_S; };
    add("cpu.idle_time", seconds(now[host::IDLE]));
    add("cpu.wait_time", seconds(now[host::IOWAIT]));
    add("cpu.user_time", seconds(user(now)));
    add("cpu.system_time", seconds(kernel(now)));
    if (elapsed_s_ > 0 && all(now) > all(last_cpu_)) {
        const auto total = static_cast<double>(all(now) - all(last_cpu_));
        // idle and iowait may fall: the kernel says so
        const auto share = [&](uint64_t is, uint64_t was) {
            return is > was ? 100 * static_cast<double>(is - was) / total : 0.0;
        };
        const double idle = share(now[host::IDLE], last_cpu_[host::IDLE]);
        const double wait = share(now[host::IOWAIT], last_cpu_[host::IOWAIT]);
        add("cpu.idle_perc", idle);
        add("cpu.wait_perc", wait);
        add("cpu.user_perc", share(user(now), user(last_cpu_)));
        add("cpu.system_perc", share(kernel(now), kernel(last_cpu_)));
        add("cpu.stolen_perc", share(now[host::STEAL], last_cpu_[host::STEAL]));
        add("cpu.percent", std::max(0.0, 100 - idle - wait));
    }
    last_cpu_ = now;
}

void SystemMetrics::map_memory(const host::HostSnapshot& snapshot) {
    const auto mb = [&](std::string_view name) { return static_cast<double>(snapshot.memory_bytes(name)) / MB; };
    const double total = mb("MemTotal"), usable = mb("MemAvailable");
    if (total > 0) {
        add("mem.total_mb", total);
        add("mem.free_mb", mb("MemFree"));
        add("mem.usable_mb", usable);
        add("mem.usable_perc", 100 * usable / total);
        add("mem.used_real_mb", total - usable);
    }
    const double swap = mb("SwapTotal"), swap_free = mb("SwapFree");
    add("mem.swap_total_mb", swap);
    add("mem.swap_free_mb", swap_free);
    add("mem.swap_used_mb", swap - swap_free);
    if (swap > 0) add("mem.swap_free_perc", 100 * swap_free / swap);
}

void SystemMetrics::map_file_systems(const host::HostDetails& details) {
    double total = 0, used_of_all = 0;
    for (const auto& fs : details.file_systems) {
        if (fs.failed || fs.size_bytes == 0) continue;
        const auto used = static_cast<double>(fs.size_bytes - fs.free_bytes);
        total += static_cast<double>(fs.size_bytes);
        used_of_all += used;
        const Dimensions where = {
            {"hostname", hostname_}, {"device", fs.mount.device}, {"mount_point", fs.mount.mount_point}};
        // what root alone may use counts neither way, as df has it
        const double available = static_cast<double>(fs.available_bytes);
        const double space = used + available > 0 ? 100 * used / (used + available) : 0;
        out_.push_back({"disk.space_used_perc", where, space, time_ms_, {}});
        if (fs.files == 0) continue;
        const double inodes = 100 * static_cast<double>(fs.files - fs.files_free) / static_cast<double>(fs.files);
        out_.push_back({"disk.inode_used_perc", where, inodes, time_ms_, {}});
    }
    if (total == 0) return;
    add("disk.total_space_mb", total / MB);
    add("disk.total_used_space_mb", used_of_all / MB);
}

void SystemMetrics::map_disks(const host::HostSnapshot& snapshot) {
    Counters now;
    for (const host::DiskStat& disk : snapshot.disks) {
        auto& fields = now[std::string(disk.device)];
        fields.assign(disk.fields.begin(), disk.fields.end());
        const auto last = last_disks_.find(disk.device);
        if (elapsed_s_ <= 0 || last == last_disks_.end()) continue;
        for (const Rate& rate : DISK_RATES) {
            if (fields[rate.field] < last->second[rate.field]) continue;
            const auto rise = static_cast<double>(fields[rate.field] - last->second[rate.field]);
            add(rate.name, rise / rate.divisor / elapsed_s_, "device", disk.device);
        }
    }
    last_disks_ = std::move(now);
}

void SystemMetrics::map_network(const host::HostSnapshot& snapshot, const host::HostDetails& details) {
    Counters now;
    for (const host::NetworkDevice& device : snapshot.network) {
        if (device.device.starts_with("lo")) continue;
        auto& counters = now[std::string(device.device)];
        counters.assign(device.counters.begin(), device.counters.end());
        const auto last = last_network_.find(device.device);
        if (elapsed_s_ <= 0 || last == last_network_.end()) continue;
        for (const Rate& rate : NETWORK_RATES) {
            if (counters[rate.field] < last->second[rate.field]) continue;
            const auto rise = static_cast<double>(counters[rate.field] - last->second[rate.field]);
            add(rate.name, rise / elapsed_s_, "device", device.device);
        }
    }
    last_network_ = std::move(now);
    for (const auto& interface : details.interfaces)
        if (!interface.device.starts_with("lo"))
            add("net.int_status", interface.state == "up" ? 0 : 1, "device", interface.device);
}

Measurements SystemMetrics::own(int64_t time_ms, double thread_count, double collection_s) const {
    const Dimensions dimensions = {{"hostname", hostname_}, {"component", "monasca-agent"}, {"service", "monitoring"}};
    return {{"monasca.thread_count", dimensions, thread_count, time_ms, {}},
            {"monasca.collection_time_sec", dimensions, collection_s, time_ms, {}}};
}

}  // namespace belfry::ingest::agent
