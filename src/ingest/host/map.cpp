#include "ingest/host/map.h"

#include <sys/timex.h>
#include <unistd.h>

namespace belfry::ingest::host {
namespace {

constexpr double BYTES_PER_SECTOR = 512;  // of /proc/diskstats, whatever the device's own sector
constexpr std::string_view CPU_MODES[] = {"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"};

// Ticks are whole hundredths: dividing gives the nearest double, multiplying by 0.01 would not.
double seconds_from_ticks(uint64_t ticks) {
    return static_cast<double>(ticks) / 100;
}
double seconds_from_ms(uint64_t ms) {
    return static_cast<double>(ms) / 1000;
}
double seconds_from_us(uint64_t us) {
    return static_cast<double>(us) / 1'000'000;
}

struct DiskMetric {
    DiskField field;
    std::string_view name;
    std::string_view help;
    enum class Unit { count, sectors_to_bytes, ms_to_seconds } unit;
    bool is_gauge = false;
};
using DiskUnit = DiskMetric::Unit;
constexpr DiskMetric DISK_METRICS[] = {
    {READS, "node_disk_reads_completed_total", "Reads the device has finished.", DiskUnit::count},
    {READS_MERGED, "node_disk_reads_merged_total", "Reads merged with a neighbour before they were sent.",
     DiskUnit::count},
    {READ_SECTORS, "node_disk_read_bytes_total", "Bytes read from the device.", DiskUnit::sectors_to_bytes},
    {READ_MS, "node_disk_read_time_seconds_total", "Time spent by all reads, added up.", DiskUnit::ms_to_seconds},
    {WRITES, "node_disk_writes_completed_total", "Writes the device has finished.", DiskUnit::count},
    {WRITES_MERGED, "node_disk_writes_merged_total", "Writes merged with a neighbour before they were sent.",
     DiskUnit::count},
    {WRITE_SECTORS, "node_disk_written_bytes_total", "Bytes written to the device.", DiskUnit::sectors_to_bytes},
    {WRITE_MS, "node_disk_write_time_seconds_total", "Time spent by all writes, added up.", DiskUnit::ms_to_seconds},
    {IO_NOW, "node_disk_io_now", "Requests under way.", DiskUnit::count, true},
    {IO_MS, "node_disk_io_time_seconds_total", "Time in which at least one request was under way.",
     DiskUnit::ms_to_seconds},
    {IO_WEIGHTED_MS, "node_disk_io_time_weighted_seconds_total", "Time of all requests under way, added up.",
     DiskUnit::ms_to_seconds},
    {DISCARDS, "node_disk_discards_completed_total", "Discards the device has finished.", DiskUnit::count},
    {DISCARDS_MERGED, "node_disk_discards_merged_total", "Discards merged with a neighbour.", DiskUnit::count},
    {DISCARD_SECTORS, "node_disk_discarded_sectors_total", "Sectors discarded.", DiskUnit::count},
    {DISCARD_MS, "node_disk_discard_time_seconds_total", "Time spent by all discards, added up.",
     DiskUnit::ms_to_seconds},
    {FLUSHES, "node_disk_flush_requests_total", "Flushes the device has finished.", DiskUnit::count},
    {FLUSH_MS, "node_disk_flush_requests_time_seconds_total", "Time spent by all flushes, added up.",
     DiskUnit::ms_to_seconds},
};

constexpr std::string_view NETWORK_METRICS[16] = {
    "node_network_receive_bytes_total",      "node_network_receive_packets_total",
    "node_network_receive_errs_total",       "node_network_receive_drop_total",
    "node_network_receive_fifo_total",       "node_network_receive_frame_total",
    "node_network_receive_compressed_total", "node_network_receive_multicast_total",
    "node_network_transmit_bytes_total",     "node_network_transmit_packets_total",
    "node_network_transmit_errs_total",      "node_network_transmit_drop_total",
    "node_network_transmit_fifo_total",      "node_network_transmit_colls_total",
    "node_network_transmit_carrier_total",   "node_network_transmit_compressed_total"};

// node_exporter's default selection of protocol counters: those that dashboards and alarms are made of.
bool is_selected(const ProtocolCounter& c) {
    using Names = std::initializer_list<std::string_view>;
    const auto any = [&](Names names) {
        return std::any_of(names.begin(), names.end(), [&](std::string_view n) { return c.name == n; });
    };
    if (c.name == "InErrors" || c.name == "InErrs") return true;
    if (c.protocol == "Ip") return c.name == "Forwarding";
    if (c.protocol == "Ip6" || c.protocol == "IpExt") return any({"InOctets", "OutOctets"});
    if (c.protocol == "Icmp" || c.protocol == "Icmp6") return any({"InMsgs", "OutMsgs"});
    if (c.protocol == "TcpExt")
        return c.name.starts_with("Listen") || c.name.starts_with("Syncookies") ||
               any({"TCPSynRetrans", "TCPTimeouts", "TCPOFOQueue", "TCPRcvQDrop"});
    if (c.protocol == "Tcp")
        return any({"ActiveOpens", "InSegs", "OutSegs", "OutRsts", "PassiveOpens", "RetransSegs", "CurrEstab"});
    if (c.protocol == "Udp" || c.protocol == "Udp6")
        return any({"InDatagrams", "OutDatagrams", "NoPorts", "RcvbufErrors", "SndbufErrors"});
    return false;
}

bool is_selected_vm(std::string_view name) {
    return name.starts_with("oom_kill") || name.starts_with("pgpg") || name.starts_with("pswp") ||
           (name.starts_with("pg") && name.find("fault") != std::string_view::npos);
}

// "Active(anon)" -> "Active_anon", as node_exporter names them.
std::string memory_name(const MemoryField& field) {
    std::string out = "node_memory_";
    for (const char c : field.name) {
        if (c == '(')
            out += '_';
        else if (c != ')')
            out += c;
    }
    if (field.is_bytes) out += "_bytes";
    return out;
}

}  // namespace

HostMapper::HostMapper(HostIdentity identity, std::string instance)
    : identity_(std::move(identity)), instance_(std::move(instance)) {}

void HostMapper::add(model::MetricType type,
                     std::string_view name,
                     std::string_view help,
                     double value,
                     std::initializer_list<Pair> labels) {
    std::vector<model::Label> all{{model::METRIC_NAME, name}, {"job", "host"}, {"instance", instance_}};
    for (const Pair& p : labels)
        all.push_back({p.name, p.value});
    batch_->add_series(wires_.emplace_back(model::Labels::from(std::move(all)).bytes()));
    batch_->add_sample(time_ms_, value);
    if (!with_metadata_ || !described_.insert(std::string(name)).second) return;
    batch_->metadata.push_back(
        {.tenant = "", .name = std::string(name), .type = type, .unit = "", .help = std::string(help)});
}

void HostMapper::map(const HostSnapshot& snapshot,
                     const HostDetails& details,
                     const ProcessScan& processes,
                     bool with_metadata,
                     WireBatch& batch) {
    batch.clear();
    batch.decoder = &canonical_label_decoder();
    batch_ = &batch;
    time_ms_ = snapshot.time_ms;
    with_metadata_ = with_metadata;
    wires_.clear();
    described_.clear();
    gauge("up", "1 while the host is being read.", 1);
    map_stat(snapshot.stat);
    if (snapshot.load) {
        gauge("node_load1", "Load average of 1 minute.", snapshot.load->one);
        gauge("node_load5", "Load average of 5 minutes.", snapshot.load->five);
        gauge("node_load15", "Load average of 15 minutes.", snapshot.load->fifteen);
    }
    map_memory(snapshot);
    map_disks(snapshot);
    map_network(snapshot, details);
    map_pressure(snapshot);
    map_file_systems(details);
    map_protocols(snapshot.protocols);
    map_protocols(details.protocols);
    map_sockets(details);
    map_kernel(details);
    map_identity();
    map_clock();
    map_processes(processes);
    batch_ = nullptr;
}

void HostMapper::map_stat(const KernelStat& stat) {
    for (const Cpu& cpu : stat.cpus) {
        const std::string number = std::to_string(cpu.number);
        CpuTicks ticks = cpu.ticks;
        // The kernel counts guest time in user and nice, too (proc(5)); shown there and apart, as node_exporter does.
        for (size_t mode = 0; mode < std::size(CPU_MODES); mode++) {
            counter("node_cpu_seconds_total", "Time each CPU spent in each mode.", seconds_from_ticks(ticks[mode]),
                    {{"cpu", number}, {"mode", CPU_MODES[mode]}});
        }
        constexpr std::string_view GUEST_HELP = "Time each CPU spent running guests; part of modes user and nice, too.";
        counter("node_cpu_guest_seconds_total", GUEST_HELP, seconds_from_ticks(ticks[GUEST]),
                {{"cpu", number}, {"mode", "user"}});
        counter("node_cpu_guest_seconds_total", GUEST_HELP, seconds_from_ticks(ticks[GUEST_NICE]),
                {{"cpu", number}, {"mode", "nice"}});
    }
    gauge("node_boot_time_seconds", "When the host was started, Unix time.", static_cast<double>(stat.boot_s));
    counter("node_context_switches_total", "Context switches.", static_cast<double>(stat.context_switches));
    counter("node_forks_total", "Processes and threads ever started.", static_cast<double>(stat.forks));
    counter("node_intr_total", "Interrupts served.", static_cast<double>(stat.interrupts));
    gauge("node_procs_running", "Tasks that run or could run.", static_cast<double>(stat.running));
    gauge("node_procs_blocked", "Tasks waiting for I/O.", static_cast<double>(stat.blocked));
}

void HostMapper::map_memory(const HostSnapshot& snapshot) {
    for (const MemoryField& field : snapshot.memory)
        gauge(memory_name(field), fmt::format("{} of /proc/meminfo.", field.name), static_cast<double>(field.value));
}

void HostMapper::map_disks(const HostSnapshot& snapshot) {
    for (const DiskStat& disk : snapshot.disks) {
        for (const DiskMetric& m : DISK_METRICS) {
            if (m.field >= disk.field_count) continue;
            const uint64_t raw = disk.fields[m.field];
            const double value = m.unit == DiskUnit::sectors_to_bytes ? static_cast<double>(raw) * BYTES_PER_SECTOR
                                 : m.unit == DiskUnit::ms_to_seconds  ? seconds_from_ms(raw)
                                                                      : static_cast<double>(raw);
            add(m.is_gauge ? model::MetricType::gauge : model::MetricType::counter, m.name, m.help, value,
                {{"device", disk.device}});
        }
    }
}

void HostMapper::map_network(const HostSnapshot& snapshot, const HostDetails& details) {
    for (const NetworkDevice& device : snapshot.network) {
        for (size_t i = 0; i < std::size(NETWORK_METRICS); i++)
            counter(NETWORK_METRICS[i], "Counter of /proc/net/dev.", static_cast<double>(device.counters[i]),
                    {{"device", device.device}});
    }
    for (const HostDetails::Interface& i : details.interfaces) {
        gauge("node_network_up", "1 when the interface's operstate is up.", i.state == "up" ? 1 : 0,
              {{"device", i.device}});
        gauge("node_network_info", "Texts of /sys/class/net/<device>; always 1.", 1,
              {{"device", i.device},
               {"operstate", i.state},
               {"address", i.address},
               {"broadcast", i.broadcast},
               {"duplex", i.duplex},
               {"ifalias", i.alias}});
        if (i.mtu_bytes)
            gauge("node_network_mtu_bytes", "Largest packet of the interface.", static_cast<double>(*i.mtu_bytes),
                  {{"device", i.device}});
        if (i.carrier)
            gauge("node_network_carrier", "1 when a cable, or its like, is there.", static_cast<double>(*i.carrier),
                  {{"device", i.device}});
        if (i.speed_mbit)
            gauge("node_network_speed_bytes", "Speed of the link in bytes a second; negative when unknown.",
                  static_cast<double>(*i.speed_mbit) * 125'000, {{"device", i.device}});
    }
}

void HostMapper::map_pressure(const HostSnapshot& snapshot) {
    if (snapshot.cpu_pressure)
        counter("node_pressure_cpu_waiting_seconds_total", "Time in which some task waited for a CPU.",
                seconds_from_us(snapshot.cpu_pressure->some_us));
    if (snapshot.io_pressure) {
        counter("node_pressure_io_waiting_seconds_total", "Time in which some task waited for I/O.",
                seconds_from_us(snapshot.io_pressure->some_us));
        counter("node_pressure_io_stalled_seconds_total", "Time in which all tasks waited for I/O.",
                seconds_from_us(snapshot.io_pressure->full_us));
    }
    if (snapshot.memory_pressure) {
        counter("node_pressure_memory_waiting_seconds_total", "Time in which some task waited for memory.",
                seconds_from_us(snapshot.memory_pressure->some_us));
        counter("node_pressure_memory_stalled_seconds_total", "Time in which all tasks waited for memory.",
                seconds_from_us(snapshot.memory_pressure->full_us));
    }
}

void HostMapper::map_file_systems(const HostDetails& details) {
    for (const HostDetails::FileSystem& f : details.file_systems) {
        const auto put = [&](std::string_view name, std::string_view help, double value) {
            gauge(name, help, value,
                  {{"device", f.mount.device}, {"fstype", f.mount.type}, {"mountpoint", f.mount.mount_point}});
        };
        put("node_filesystem_device_error", "1 when the file system could not be asked.", f.failed ? 1 : 0);
        put("node_filesystem_readonly", "1 when it is mounted read-only.", f.mount.read_only ? 1 : 0);
        if (f.failed) continue;
        put("node_filesystem_size_bytes", "Size of the file system.", static_cast<double>(f.size_bytes));
        put("node_filesystem_free_bytes", "Free, what only root may use included.", static_cast<double>(f.free_bytes));
        put("node_filesystem_avail_bytes", "Free for everybody.", static_cast<double>(f.available_bytes));
        put("node_filesystem_files", "Inodes.", static_cast<double>(f.files));
        put("node_filesystem_files_free", "Free inodes.", static_cast<double>(f.files_free));
    }
}

void HostMapper::map_protocols(const std::vector<ProtocolCounter>& protocols) {
    for (const ProtocolCounter& c : protocols) {
        if (!is_selected(c)) continue;
        untyped(fmt::format("node_netstat_{}_{}", c.protocol, c.name), "Counter of /proc/net/snmp, netstat or snmp6.",
                static_cast<double>(c.value));
    }
}

void HostMapper::map_sockets(const HostDetails& details) {
    const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
    for (const ProtocolCounter& c : details.sockets) {
        const auto value = static_cast<double>(c.value);
        gauge(fmt::format("node_sockstat_{}_{}", c.protocol, c.name), "Number of /proc/net/sockstat.", value);
        if (c.name == "mem")
            gauge(fmt::format("node_sockstat_{}_mem_bytes", c.protocol), "Memory of the protocol's sockets.",
                  value * page_bytes);
    }
}

void HostMapper::map_kernel(const HostDetails& details) {
    for (const NamedValue& v : details.vm) {
        if (is_selected_vm(v.name)) untyped(fmt::format("node_vmstat_{}", v.name), "Counter of /proc/vmstat.", v.value);
    }
    const auto put = [&](std::string_view name, std::string_view help, std::optional<uint64_t> value) {
        if (value) gauge(name, help, static_cast<double>(*value));
    };
    put("node_filefd_allocated", "Open files of all processes.", details.files_allocated);
    put("node_filefd_maximum", "Open files the kernel permits.", details.files_maximum);
    put("node_entropy_available_bits", "Entropy in the kernel's pool.", details.entropy_bits);
    put("node_nf_conntrack_entries", "Connections the packet filter tracks.", details.conntrack_entries);
    put("node_nf_conntrack_entries_limit", "Connections it can track.", details.conntrack_limit);
}

void HostMapper::map_identity() {
    gauge("node_uname_info", "The kernel's names; always 1.", 1,
          {{"sysname", identity_.kernel_name},
           {"release", identity_.kernel_release},
           {"version", identity_.kernel_version},
           {"machine", identity_.machine},
           {"nodename", identity_.node_name},
           {"domainname", identity_.domain_name}});
    if (identity_.os_release.empty()) return;
    const auto value = [&](std::string_view key) { return os_release_value(identity_.os_release, key); };
    gauge("node_os_info", "/etc/os-release; always 1.", 1,
          {{"build_id", value("BUILD_ID")},
           {"id", value("ID")},
           {"id_like", value("ID_LIKE")},
           {"image_id", value("IMAGE_ID")},
           {"image_version", value("IMAGE_VERSION")},
           {"name", value("NAME")},
           {"pretty_name", value("PRETTY_NAME")},
           {"variant", value("VARIANT")},
           {"variant_id", value("VARIANT_ID")},
           {"version", value("VERSION")},
           {"version_codename", value("VERSION_CODENAME")},
           {"version_id", value("VERSION_ID")}});
}

void HostMapper::map_clock() {
    gauge("node_time_seconds", "The host's clock, Unix time.", static_cast<double>(time_ms_) / 1000);
    timex t{};  // modes 0: only asks
    const int state = ::adjtimex(&t);
    if (state < 0) return;
    const double unit = (t.status & STA_NANO) != 0 ? 1e9 : 1e6;
    gauge("node_timex_offset_seconds", "How far the clock is from its reference.",
          static_cast<double>(t.offset) / unit);
    gauge("node_timex_sync_status", "1 when the clock is synchronised.", state == TIME_ERROR ? 0 : 1);
    gauge("node_timex_estimated_error_seconds", "Estimated error of the clock.",
          seconds_from_us(static_cast<uint64_t>(std::max<long>(t.esterror, 0))));
    gauge("node_timex_maxerror_seconds", "Largest error of the clock.",
          seconds_from_us(static_cast<uint64_t>(std::max<long>(t.maxerror, 0))));
}

void HostMapper::map_processes(const ProcessScan& processes) {
    if (processes.processes == 0) return;
    gauge("node_processes_pids", "Processes.", static_cast<double>(processes.processes));
    gauge("node_processes_threads", "Threads.", static_cast<double>(processes.threads));
    for (const auto& [state, count] : processes.states)
        gauge("node_processes_state", "Processes in each state.", static_cast<double>(count),
              {{"state", std::string_view(&state, 1)}});
    // Names that are no label any more are added up.
    std::map<std::string_view, ProcessGroup> groups;
    for (const ProcessGroup& g : processes.groups) {
        std::string_view name = g.name;
        if (!process_names_.contains(name)) {
            if (process_names_.size() < PROCESS_NAMES_MAX)
                process_names_.insert(g.name);
            else
                name = "other";
        }
        ProcessGroup& sum = groups[name];
        sum.count += g.count;
        sum.cpu_ratio += g.cpu_ratio;
        sum.memory_bytes += g.memory_bytes;
    }
    for (const auto& [name, g] : groups) {
        gauge("belfry_process_cpu_ratio",
              "CPU of all processes of one name, in cores; the names with most CPU or memory.", g.cpu_ratio,
              {{"name", name}});
        gauge("belfry_process_memory_bytes",
              "Resident memory of all processes of one name; shared pages count in each.",
              static_cast<double>(g.memory_bytes), {{"name", name}});
        gauge("belfry_process_count", "Processes of one name.", static_cast<double>(g.count), {{"name", name}});
    }
}

}  // namespace belfry::ingest::host
