#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::host {

// Parsers of the kernel's text files (proc(5), Documentation/admin-guide/iostats.rst,
// Documentation/accounting/psi.rst). They take what they know and leave out what they do not: kernels differ. Views are
// valid as long as the text. No allocation once the vectors have grown.

/// Ticks (1/100 s) of one CPU, in the order of /proc/stat.
enum CpuMode : size_t { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, GUEST, GUEST_NICE, CPU_MODE_COUNT };
using CpuTicks = std::array<uint64_t, CPU_MODE_COUNT>;

struct Cpu {
    uint32_t number = 0;
    CpuTicks ticks{};
};

struct KernelStat {
    CpuTicks total{};  // of all CPUs
    std::vector<Cpu> cpus;
    uint64_t interrupts = 0;
    uint64_t context_switches = 0;
    uint64_t boot_s = 0;
    uint64_t forks = 0;
    uint64_t running = 0;
    uint64_t blocked = 0;
};
void parse_stat(std::string_view text, KernelStat& out);

struct NamedValue {
    std::string_view name;
    double value = 0;
};
struct MemoryField {
    std::string_view name;  // "Active(anon)"
    uint64_t value = 0;     // bytes, or a number of pages when not is_bytes
    bool is_bytes = false;
};
void parse_meminfo(std::string_view text, std::vector<MemoryField>& out);

struct LoadAverage {
    double one = 0;
    double five = 0;
    double fifteen = 0;
};
[[nodiscard]] std::optional<LoadAverage> parse_loadavg(std::string_view text);

/// A line of /proc/diskstats. Kernels before 4.18 have no discards, before 5.5 no flushes.
struct DiskStat {
    std::string_view device;
    static constexpr size_t FIELDS_MAX = 17;
    std::array<uint64_t, FIELDS_MAX> fields{};
    size_t field_count = 0;
};
enum DiskField : size_t {
    READS,
    READS_MERGED,
    READ_SECTORS,
    READ_MS,
    WRITES,
    WRITES_MERGED,
    WRITE_SECTORS,
    WRITE_MS,
    IO_NOW,
    IO_MS,
    IO_WEIGHTED_MS,
    DISCARDS,
    DISCARDS_MERGED,
    DISCARD_SECTORS,
    DISCARD_MS,
    FLUSHES,
    FLUSH_MS
};
void parse_diskstats(std::string_view text, std::vector<DiskStat>& out);
/// Partitions, RAM disks and loop devices are left out, as node_exporter does: their traffic is that of the disk below.
[[nodiscard]] bool is_whole_disk(std::string_view device);

/// A line of /proc/net/dev: eight receive and eight transmit counters.
struct NetworkDevice {
    std::string_view device;
    std::array<uint64_t, 16> counters{};
};
enum NetworkField : size_t { RECEIVE_BYTES = 0, TRANSMIT_BYTES = 8 };
void parse_net_dev(std::string_view text, std::vector<NetworkDevice>& out);

/// Microseconds in which some, or all, tasks waited. Nothing when the kernel has no PSI.
struct Pressure {
    uint64_t some_us = 0;
    uint64_t full_us = 0;
    bool has_full = false;
};
[[nodiscard]] std::optional<Pressure> parse_pressure(std::string_view text);

/// "Tcp_CurrEstab" of /proc/net/snmp and /proc/net/netstat (pairs of a line of names and one of values).
struct ProtocolCounter {
    std::string_view protocol;
    std::string_view name;
    int64_t value = 0;
};
void parse_net_snmp(std::string_view text, std::vector<ProtocolCounter>& out);
/// "Ip6InOctets 5" of /proc/net/snmp6, split into protocol and name.
void parse_net_snmp6(std::string_view text, std::vector<ProtocolCounter>& out);

/// "TCP: inuse 2 orphan 0" of /proc/net/sockstat.
void parse_sockstat(std::string_view text, std::vector<ProtocolCounter>& out);

void parse_vmstat(std::string_view text, std::vector<NamedValue>& out);

struct Mount {
    std::string device;
    std::string mount_point;  // octal escapes undone
    std::string type;
    bool read_only = false;
};
[[nodiscard]] std::vector<Mount> parse_mounts(std::string_view text);

/// /proc/<pid>/stat.
struct ProcessStat {
    std::string_view name;  // as the kernel cuts it: 15 bytes
    char state = '?';
    uint64_t cpu_ticks = 0;  // user and system
    uint64_t threads = 0;
    uint64_t start_ticks = 0;
    uint64_t rss_pages = 0;
};
[[nodiscard]] std::optional<ProcessStat> parse_process_stat(std::string_view text);

/// KEY="value" lines of /etc/os-release.
[[nodiscard]] std::string os_release_value(std::string_view text, std::string_view key);

}  // namespace belfry::ingest::host
