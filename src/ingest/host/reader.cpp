#include "ingest/host/reader.h"

#include "base/number.h"

#include <dirent.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace belfry::ingest::host {
namespace {

// node_exporter's list of pseudo file systems.
constexpr std::string_view PSEUDO_TYPES[] = {
    "autofs",     "binfmt_misc", "bpf",      "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs",
    "fusectl",    "hugetlbfs",   "mqueue",   "nsfs",   "overlay", "proc",     "procfs",  "pstore", "rpc_pipefs",
    "securityfs", "selinuxfs",   "squashfs", "erofs",  "sysfs",   "tracefs",  "iso9660"};
constexpr std::string_view NETWORK_TYPES[] = {"nfs", "nfs4",      "cifs",   "smb3",  "smbfs", "ceph", "9p",
                                              "afs", "glusterfs", "lustre", "ncpfs", "gfs2",  "ocfs2"};
constexpr std::string_view LEFT_OUT_PATHS[] = {
    "/dev", "/proc", "/sys", "/run/credentials", "/var/lib/docker", "/var/lib/containers/storage"};

std::optional<uint64_t> first_number(std::string_view text) {
    const size_t end = std::min(text.find_first_of(" \t\n"), text.size());
    return parse_uint(text.substr(0, end));
}

std::optional<int64_t> small_number(const std::string& path) {
    return parse_int(read_small_file(path));
}

}  // namespace

bool is_measured(const Mount& mount) {
    // The root is always measured: in a container it is an overlay.
    if (mount.mount_point == "/") return true;
    const auto is_type = [&](std::string_view t) { return mount.type == t; };
    if (std::any_of(std::begin(PSEUDO_TYPES), std::end(PSEUDO_TYPES), is_type)) return false;
    if (std::any_of(std::begin(NETWORK_TYPES), std::end(NETWORK_TYPES), is_type) || mount.type.starts_with("fuse."))
        return false;
    return std::none_of(std::begin(LEFT_OUT_PATHS), std::end(LEFT_OUT_PATHS), [&](std::string_view path) {
        return mount.mount_point == path ||
               (mount.mount_point.starts_with(path) && mount.mount_point[path.size()] == '/');
    });
}

uint64_t HostSnapshot::memory_bytes(std::string_view name) const {
    for (const MemoryField& f : memory) {
        if (f.name == name) return f.value;
    }
    return 0;
}

std::optional<int64_t> HostSnapshot::protocol(std::string_view protocol, std::string_view name) const {
    for (const ProtocolCounter& c : protocols) {
        if (c.protocol == protocol && c.name == name) return c.value;
    }
    return std::nullopt;
}

std::string HostIdentity::os() const {
    const std::string pretty = os_release_value(os_release, "PRETTY_NAME");
    return pretty.empty() ? kernel_name : pretty;
}

HostReader::HostReader(std::string root)
    : root_(std::move(root)),
      stat_(root_ + "/proc/stat"),
      memory_(root_ + "/proc/meminfo"),
      load_(root_ + "/proc/loadavg"),
      disks_(root_ + "/proc/diskstats"),
      network_(root_ + "/proc/net/dev"),
      cpu_pressure_(root_ + "/proc/pressure/cpu"),
      io_pressure_(root_ + "/proc/pressure/io"),
      memory_pressure_(root_ + "/proc/pressure/memory"),
      snmp_(root_ + "/proc/net/snmp"),
      own_stat_(root_ + "/proc/self/stat"),
      mounts_(root_ + "/proc/self/mounts"),
      netstat_(root_ + "/proc/net/netstat"),
      snmp6_(root_ + "/proc/net/snmp6"),
      sockstat_(root_ + "/proc/net/sockstat"),
      sockstat6_(root_ + "/proc/net/sockstat6"),
      vmstat_(root_ + "/proc/vmstat"),
      file_nr_(root_ + "/proc/sys/fs/file-nr"),
      entropy_(root_ + "/proc/sys/kernel/random/entropy_avail"),
      conntrack_(root_ + "/proc/sys/net/netfilter/nf_conntrack_count"),
      conntrack_max_(root_ + "/proc/sys/net/netfilter/nf_conntrack_max") {}

const HostSnapshot& HostReader::read(int64_t now_ms) {
    HostSnapshot& s = snapshot_;
    s.time_ms = now_ms;
    parse_stat(stat_.read(), s.stat);
    parse_meminfo(memory_.read(), s.memory);
    s.load = parse_loadavg(load_.read());
    parse_diskstats(disks_.read(), s.disks);
    std::erase_if(s.disks, [](const DiskStat& d) { return !is_whole_disk(d.device); });
    if (s.disks.size() > DEVICES_MAX) s.disks.resize(DEVICES_MAX);
    parse_net_dev(network_.read(), s.network);
    if (s.network.size() > DEVICES_MAX) s.network.resize(DEVICES_MAX);
    s.cpu_pressure = parse_pressure(cpu_pressure_.read());
    s.io_pressure = parse_pressure(io_pressure_.read());
    s.memory_pressure = parse_pressure(memory_pressure_.read());
    s.protocols.clear();
    parse_net_snmp(snmp_.read(), s.protocols);
    if (const std::optional<ProcessStat> own = parse_process_stat(own_stat_.read())) {
        static const auto page_bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
        s.own_cpu_ticks = own->cpu_ticks;
        s.own_memory_bytes = own->rss_pages * page_bytes;
    }
    return s;
}

const HostDetails& HostReader::read_details() {
    HostDetails& d = details_;
    read_file_systems();
    read_interfaces();
    d.protocols.clear();
    parse_net_snmp(netstat_.read(), d.protocols);
    parse_net_snmp6(snmp6_.read(), d.protocols);
    d.sockets.clear();
    parse_sockstat(sockstat_.read(), d.sockets);
    parse_sockstat(sockstat6_.read(), d.sockets);
    parse_vmstat(vmstat_.read(), d.vm);
    const std::string_view files = file_nr_.read();
    d.files_allocated = first_number(files);
    const size_t last_blank = files.find_last_of(" \t");
    d.files_maximum = last_blank == std::string_view::npos ? std::nullopt : first_number(files.substr(last_blank + 1));
    d.entropy_bits = first_number(entropy_.read());
    d.conntrack_entries = first_number(conntrack_.read());
    d.conntrack_limit = first_number(conntrack_max_.read());
    return d;
}

void HostReader::read_file_systems() {
    details_.file_systems.clear();
    std::set<std::string> seen;  // a mount over a mount: the newest is what statvfs sees
    std::vector<Mount> mounts = parse_mounts(mounts_.read());
    std::reverse(mounts.begin(), mounts.end());
    for (Mount& mount : mounts) {
        if (!is_measured(mount) || !seen.insert(mount.mount_point).second ||
            details_.file_systems.size() >= DEVICES_MAX)
            continue;
        HostDetails::FileSystem out;
        struct statvfs space {};
        const std::string path = root_ + mount.mount_point;
        if (::statvfs(path.c_str(), &space) != 0) {
            out.failed = true;
        } else {
            out.size_bytes = uint64_t{space.f_blocks} * space.f_frsize;
            out.free_bytes = uint64_t{space.f_bfree} * space.f_frsize;
            out.available_bytes = uint64_t{space.f_bavail} * space.f_frsize;
            out.files = space.f_files;
            out.files_free = space.f_ffree;
        }
        out.mount = std::move(mount);
        details_.file_systems.push_back(std::move(out));
    }
}

void HostReader::read_interfaces() {
    details_.interfaces.clear();
    const std::string directory_path = root_ + "/sys/class/net";
    DIR* directory = ::opendir(directory_path.c_str());
    if (directory == nullptr) return;
    while (const dirent* entry = ::readdir(directory)) {
        if (entry->d_name[0] == '.' || details_.interfaces.size() >= DEVICES_MAX) continue;
        const std::string path = directory_path + "/" + entry->d_name + "/";
        HostDetails::Interface out;
        out.device = entry->d_name;
        out.state = read_small_file(path + "operstate");
        if (out.state.empty()) continue;  // bonding_masters and the like
        out.address = read_small_file(path + "address");
        out.broadcast = read_small_file(path + "broadcast");
        out.duplex = read_small_file(path + "duplex");
        out.alias = read_small_file(path + "ifalias");
        out.mtu_bytes = small_number(path + "mtu");
        out.speed_mbit = small_number(path + "speed");
        out.carrier = small_number(path + "carrier");
        details_.interfaces.push_back(std::move(out));
    }
    ::closedir(directory);
    std::sort(details_.interfaces.begin(), details_.interfaces.end(),
              [](const auto& a, const auto& b) { return a.device < b.device; });
}

HostIdentity HostReader::identity() const {
    HostIdentity out;
    const std::string kernel = root_ + "/proc/sys/kernel/";
    out.node_name = read_small_file(kernel + "hostname");
    out.domain_name = read_small_file(kernel + "domainname");
    out.kernel_name = read_small_file(kernel + "ostype");
    out.kernel_release = read_small_file(kernel + "osrelease");
    out.kernel_version = read_small_file(kernel + "version");
    utsname machine{};
    if (::uname(&machine) == 0) out.machine = machine.machine;
    if (out.node_name.empty()) out.node_name = "localhost";
    out.os_release = read_small_file(root_ + "/etc/os-release");
    return out;
}

}  // namespace belfry::ingest::host
