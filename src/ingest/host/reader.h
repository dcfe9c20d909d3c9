#pragma once

#include "ingest/host/decode.h"
#include "ingest/host/proc_file.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace belfry::ingest::host {

/// What the kernel says each second. Names are views into the reader: valid until its next read.
struct HostSnapshot {
    int64_t time_ms = 0;
    KernelStat stat;
    std::vector<MemoryField> memory;
    std::optional<LoadAverage> load;
    std::vector<DiskStat> disks;  // whole disks
    std::vector<NetworkDevice> network;
    std::optional<Pressure> cpu_pressure;
    std::optional<Pressure> io_pressure;
    std::optional<Pressure> memory_pressure;
    std::vector<ProtocolCounter> protocols;  // /proc/net/snmp
    uint64_t own_cpu_ticks = 0;
    uint64_t own_memory_bytes = 0;

    [[nodiscard]] uint64_t memory_bytes(std::string_view name) const;
    [[nodiscard]] std::optional<int64_t> protocol(std::string_view protocol, std::string_view name) const;
};

/// What is asked for seldom: every time it is stored.
struct HostDetails {
    struct FileSystem {
        Mount mount;
        bool failed = false;
        uint64_t size_bytes = 0;
        uint64_t free_bytes = 0;
        uint64_t available_bytes = 0;
        uint64_t files = 0;
        uint64_t files_free = 0;
    };
    struct Interface {
        std::string device;
        std::string state;  // "up"
        std::string address;
        std::string broadcast;
        std::string duplex;
        std::string alias;
        std::optional<int64_t> mtu_bytes;
        std::optional<int64_t> speed_mbit;
        std::optional<int64_t> carrier;
    };
    std::vector<FileSystem> file_systems;
    std::vector<Interface> interfaces;
    std::vector<ProtocolCounter> protocols;  // netstat, snmp6
    std::vector<ProtocolCounter> sockets;    // sockstat, sockstat6
    std::vector<NamedValue> vm;
    std::optional<uint64_t> files_allocated;
    std::optional<uint64_t> files_maximum;
    std::optional<uint64_t> entropy_bits;
    std::optional<uint64_t> conntrack_entries;
    std::optional<uint64_t> conntrack_limit;
};

/// What does not change while the host runs.
struct HostIdentity {
    std::string node_name;
    std::string domain_name;
    std::string kernel_name;
    std::string kernel_release;
    std::string kernel_version;
    std::string machine;
    std::string os_release;                // text of /etc/os-release
    [[nodiscard]] std::string os() const;  // "Debian GNU/Linux 12 (bookworm)"
};

/// Reads /proc and /sys below `root` ("" in the program, a copied tree in tests). One thread.
class HostReader {
  public:
    explicit HostReader(std::string root);
    [[nodiscard]] const HostSnapshot& read(int64_t now_ms);
    [[nodiscard]] const HostDetails& read_details();
    [[nodiscard]] HostIdentity identity() const;

    static constexpr size_t DEVICES_MAX = 256;  // interfaces, disks and file systems each; a machine with more is cut

  private:
    void read_file_systems();
    void read_interfaces();

    const std::string root_;
    ProcFile stat_;
    ProcFile memory_;
    ProcFile load_;
    ProcFile disks_;
    ProcFile network_;
    ProcFile cpu_pressure_;
    ProcFile io_pressure_;
    ProcFile memory_pressure_;
    ProcFile snmp_;
    ProcFile own_stat_;
    ProcFile mounts_;
    ProcFile netstat_;
    ProcFile snmp6_;
    ProcFile sockstat_;
    ProcFile sockstat6_;
    ProcFile vmstat_;
    ProcFile file_nr_;
    ProcFile entropy_;
    ProcFile conntrack_;
    ProcFile conntrack_max_;
    HostSnapshot snapshot_;
    HostDetails details_;
};

/// Whether statvfs may be asked of it: no pseudo file systems (as node_exporter leaves out) and none over a network,
/// whose server may hang and take the thread along.
[[nodiscard]] bool is_measured(const Mount& mount);

}  // namespace belfry::ingest::host
