#include "ingest/host/processes.h"

#include "base/number.h"
#include "base/utf8.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace belfry::ingest::host {
namespace {

constexpr double TICKS_PER_S = 100;  // USER_HZ: fixed in the kernel's interface on every architecture we run on

std::string_view read_at(int directory, const std::string& name, std::string& buffer) {
    const int fd = ::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    ::close(fd);
    return n <= 0 ? std::string_view() : std::string_view(buffer).substr(0, static_cast<size_t>(n));
}

// Names are any bytes; labels and JSON are UTF-8.
std::string printable(std::string_view name) {
    if (is_utf8(name)) return std::string(name);
    std::string out;
    for (const char c : name)
        out += static_cast<uint8_t>(c) < 128 ? c : '?';
    return out;
}

template <typename T, typename Less>
std::vector<T> largest(std::vector<T> all, size_t count, Less more) {
    const size_t kept = std::min(count, all.size());
    std::partial_sort(all.begin(), all.begin() + static_cast<ptrdiff_t>(kept), all.end(), more);
    all.resize(kept);
    return all;
}

}  // namespace

const ProcessScan& Processes::scan(int64_t now_ms) {
    DIR* directory = ::opendir(proc_path_.c_str());
    if (directory == nullptr) {
        last_ = {.time_ms = now_ms};
        return last_;
    }
    static const auto page_bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    const double elapsed_s = static_cast<double>(now_ms - last_.time_ms) / 1000;
    const bool first = scans_++ == 0;
    ProcessScan scan{.time_ms = now_ms};
    std::vector<Process> all;
    std::string buffer(1024, '\0');
    std::string path;
    while (const dirent* entry = ::readdir(directory)) {
        const std::optional<uint64_t> number = parse_uint(entry->d_name);
        if (!number || scan.processes >= PROCESSES_MAX) continue;
        path.assign(entry->d_name).append("/stat");
        const std::optional<ProcessStat> stat = parse_process_stat(read_at(::dirfd(directory), path, buffer));
        if (!stat) continue;  // ended meanwhile
        const auto pid = static_cast<int64_t>(*number);
        scan.processes++;
        scan.threads += stat->threads;
        scan.states[stat->state]++;
        Seen& seen = seen_[pid];
        const bool known = seen.scan != 0 && seen.start_ticks == stat->start_ticks && stat->cpu_ticks >= seen.cpu_ticks;
        // A process that is new since the last scan has used its time since then.
        const uint64_t used = known ? stat->cpu_ticks - seen.cpu_ticks : first ? 0 : stat->cpu_ticks;
        seen = {stat->start_ticks, stat->cpu_ticks, scans_};
        const double cpu_ratio = elapsed_s > 0 && !first ? static_cast<double>(used) / TICKS_PER_S / elapsed_s : 0;
        all.push_back({pid, printable(stat->name), cpu_ratio, stat->rss_pages * page_bytes});
    }
    ::closedir(directory);
    std::erase_if(seen_, [&](const auto& s) { return s.second.scan != scans_; });

    std::map<std::string, ProcessGroup> groups;
    for (const Process& p : all) {
        ProcessGroup& g = groups[p.name];
        g.name = p.name;
        g.count++;
        g.cpu_ratio += p.cpu_ratio;
        g.memory_bytes += p.memory_bytes;
    }
    std::vector<ProcessGroup> list;
    for (auto& [name, group] : groups)
        list.push_back(group);
    const auto more_cpu = [](const auto& a, const auto& b) {
        return std::pair(a.cpu_ratio, a.memory_bytes) > std::pair(b.cpu_ratio, b.memory_bytes);
    };
    const auto more_memory = [](const auto& a, const auto& b) { return a.memory_bytes > b.memory_bytes; };
    scan.groups = largest(list, top_, more_cpu);
    for (ProcessGroup& g : largest(std::move(list), top_, more_memory)) {
        const bool in = std::any_of(scan.groups.begin(), scan.groups.end(),
                                    [&](const ProcessGroup& o) { return o.name == g.name; });
        if (!in) scan.groups.push_back(std::move(g));
    }
    scan.by_cpu = largest(all, top_, more_cpu);
    scan.by_memory = largest(std::move(all), top_, more_memory);
    last_ = std::move(scan);
    return last_;
}

}  // namespace belfry::ingest::host
