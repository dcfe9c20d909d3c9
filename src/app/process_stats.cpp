#include "app/process_stats.h"

#include "base/number.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace belfry::app {
namespace {

double seconds(const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

size_t open_file_count() {
    DIR* dir = ::opendir("/proc/self/fd");
    if (dir == nullptr) return 0;
    size_t count = 0;
    while (::readdir(dir) != nullptr)
        count++;
    ::closedir(dir);
    return count > 3 ? count - 3 : 0;  // ".", ".." and the directory's own descriptor
}

}  // namespace

uint64_t resident_bytes() {
    const int fd = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    char text[128]{};
    (void)!::read(fd, text, sizeof text - 1);
    ::close(fd);
    const std::string_view line(text);
    const size_t first = line.find(' ');
    const size_t second = line.find(' ', first + 1);
    if (second == std::string_view::npos) return 0;
    const auto pages = parse_uint(line.substr(first + 1, second - first - 1));
    return pages.value_or(0) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

void measure_process(int64_t start_ms) {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    process_resident_memory.set(static_cast<double>(resident_bytes()));
    process_cpu_seconds.set(seconds(used.ru_utime) + seconds(used.ru_stime));
    process_open_files.set(static_cast<double>(open_file_count()));
    process_start_time.set(static_cast<double>(start_ms) / 1000);
}

}  // namespace belfry::app
