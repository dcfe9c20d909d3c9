// Checks of this machine: process, directory, file_size.
#include "base/number.h"
#include "ingest/agent/check.h"
#include "ingest/host/decode.h"
#include "ingest/host/proc_file.h"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

namespace belfry::ingest::agent {
namespace {

constexpr double MB = 1024.0 * 1024.0;

/// Names in a directory without "." and ".."; an error when it cannot be read.
Result<std::vector<std::string>> names_in(const std::string& directory) {
    DIR* open = ::opendir(directory.c_str());
    if (open == nullptr) return errno_error("open " + directory, errno);
    std::vector<std::string> out;
    while (const dirent* entry = ::readdir(open)) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") out.emplace_back(name);
    }
    ::closedir(open);
    return out;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The number behind "name:" in a file of such lines.
std::optional<double> field_of(std::string_view text, std::string_view name) {
    for (size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        if (at > 0 && text[at - 1] != '\n') continue;
        std::string_view value = text.substr(at + name.size());
        value = value.substr(std::min(value.find_first_not_of(" \t"), value.size()));
        return parse_double(value.substr(0, value.find_first_of(" \t\n")));
    }
    return std::nullopt;
}

class ProcessCheck final : public Check {
  public:
    ProcessCheck(Clock& clock,
                 std::string root,
                 std::vector<std::string> search,
                 bool exact,
                 bool detailed,
                 Dimensions dimensions)
        : clock_(clock),
          root_(std::move(root)),
          search_(std::move(search)),
          exact_(exact),
          detailed_(detailed),
          dimensions_(std::move(dimensions)) {}

    Status run(Measurements& out) override {
        Sums sums;
        std::map<std::string, uint64_t> ticks;
        for (const std::string& pid : TRY(names_in(root_))) {
            if (!is_number(pid)) continue;
            const std::string directory = root_ + "/" + pid;
            const std::string text = host::read_small_file(directory + "/stat");
            const auto stat = host::parse_process_stat(text);  // ended meanwhile: nothing
            if (!stat || !is_wanted(*stat, directory)) continue;
            ++sums.count;
            if (detailed_) add(*stat, directory, pid, sums, ticks);
        }
        const int64_t now_ms = clock_.now_ms();
        const auto gauge = [&](const char* name, double value) {
            out.push_back({name, dimensions_, value, now_ms, {}});
        };
        gauge("process.pid_count", sums.count);
        if (!detailed_) return {};
        gauge("process.thread_count", sums.threads);
        gauge("process.mem.rss_mbytes", sums.rss_mb);
        gauge("process.mem.vsz_mbytes", sums.vsz_mb);
        gauge("process.voluntary_ctx_switches", sums.voluntary);
        gauge("process.involuntary_ctx_switches", sums.involuntary);
        // what others' processes have open may be closed to us: no value is better than a wrong one
        if (!sums.denied) {
            gauge("process.open_file_descriptors", sums.descriptors);
            gauge("process.io.read_count", sums.io_reads);
            gauge("process.io.write_count", sums.io_writes);
            gauge("process.io.read_kbytes", sums.io_read_kb);
            gauge("process.io.write_kbytes", sums.io_write_kb);
        }
        const int64_t monotonic_ms = clock_.monotonic_ms();
        if (last_ms_ != 0 && monotonic_ms > last_ms_)
            gauge("process.cpu_perc",
                  static_cast<double>(sums.new_ticks) * 1000 / static_cast<double>(monotonic_ms - last_ms_));
        last_ms_ = monotonic_ms;
        last_ticks_ = std::move(ticks);
        return {};
    }

  private:
    struct Sums {
        double count = 0, threads = 0, rss_mb = 0, vsz_mb = 0, voluntary = 0, involuntary = 0, descriptors = 0;
        double io_reads = 0, io_writes = 0, io_read_kb = 0, io_write_kb = 0;
        uint64_t new_ticks = 0;
        bool denied = false;
    };

    [[nodiscard]] bool is_wanted(const host::ProcessStat& stat, const std::string& directory) const {
        std::string command;
        if (!exact_) {
            command = host::read_small_file(directory + "/cmdline");
            std::replace(command.begin(), command.end(), '\0', ' ');
        }
        return std::any_of(search_.begin(), search_.end(), [&](const std::string& text) {
            return text == "All" || (exact_ ? stat.name == std::string_view(text).substr(0, 15)
                                            : command.find(text) != std::string::npos);
        });
    }

    void add(const host::ProcessStat& stat,
             const std::string& directory,
             const std::string& pid,
             Sums& sums,
             std::map<std::string, uint64_t>& ticks) {
        static const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
        sums.threads += static_cast<double>(stat.threads);
        sums.rss_mb += static_cast<double>(stat.rss_pages) * page_bytes / MB;
        const std::string key = pid + "@" + std::to_string(stat.start_ticks);
        ticks[key] = stat.cpu_ticks;
        if (const auto last = last_ticks_.find(key); last != last_ticks_.end() && stat.cpu_ticks > last->second)
            sums.new_ticks += stat.cpu_ticks - last->second;
        const std::string status = host::read_small_file(directory + "/status");
        sums.vsz_mb += field_of(status, "VmSize:").value_or(0) / 1024;
        sums.voluntary += field_of(status, "voluntary_ctxt_switches:").value_or(0);
        sums.involuntary += field_of(status, "nonvoluntary_ctxt_switches:").value_or(0);
        const auto open = names_in(directory + "/fd");
        const std::string io = host::read_small_file(directory + "/io");
        if (!open.ok() || io.empty()) {
            sums.denied = true;
            return;
        }
        sums.descriptors += static_cast<double>(open->size());
        sums.io_reads += field_of(io, "syscr:").value_or(0);
        sums.io_writes += field_of(io, "syscw:").value_or(0);
        sums.io_read_kb += field_of(io, "read_bytes:").value_or(0) / 1024;
        sums.io_write_kb += field_of(io, "write_bytes:").value_or(0) / 1024;
    }

    Clock& clock_;  // outlives this
    const std::string root_;
    const std::vector<std::string> search_;
    const bool exact_;
    const bool detailed_;
    const Dimensions dimensions_;
    int64_t last_ms_ = 0;  // monotonic
    std::map<std::string, uint64_t> last_ticks_;
};

/// Calls `visit` with directory, name and stat of each file.
template <typename Visit>
Status walk(const std::string& directory, bool recursive, uint64_t files_max, uint64_t& seen, Visit visit) {
    for (const std::string& name : TRY(names_in(directory))) {
        if (++seen > files_max) return make_error(Code::exhausted, "more than {} files (agent.files_max)", files_max);
        struct stat found {};
        const std::string path = directory + "/" + name;
        if (::lstat(path.c_str(), &found) != 0) continue;  // gone meanwhile
        if (S_ISDIR(found.st_mode)) {
            if (recursive)
                if (Status below = walk(path, true, files_max, seen, visit);
                    !below.ok() && below.error().code == Code::exhausted)
                    return below;
            continue;
        }
        if (S_ISREG(found.st_mode)) visit(directory, name, found);
    }
    return {};
}

class DirectoryCheck final : public Check {
  public:
    DirectoryCheck(Clock& clock,
                   std::string directory,
                   std::string pattern,
                   bool recursive,
                   uint64_t files_max,
                   Dimensions dimensions)
        : clock_(clock),
          directory_(std::move(directory)),
          pattern_(std::move(pattern)),
          recursive_(recursive),
          files_max_(files_max),
          dimensions_(std::move(dimensions)) {}

    Status run(Measurements& out) override {
        uint64_t seen = 0;
        double files = 0, bytes = 0;
        TRY(walk(directory_, recursive_, files_max_, seen,
                 [&](const std::string& directory, const std::string& name, const struct stat& found) {
                     if (::fnmatch(pattern_.c_str(), (directory + "/" + name).c_str(), 0) != 0) return;
                     files += 1;
                     bytes += static_cast<double>(found.st_size);
                 }));
        out.push_back({"system.disk.directory.files", dimensions_, files, clock_.now_ms(), {}});
        out.push_back({"system.disk.directory.bytes", dimensions_, bytes, clock_.now_ms(), {}});
        return {};
    }

  private:
    Clock& clock_;  // outlives this
    const std::string directory_, pattern_;
    const bool recursive_;
    const uint64_t files_max_;
    const Dimensions dimensions_;
};

class FileSizeCheck final : public Check {
  public:
    FileSizeCheck(Clock& clock,
                  std::string directory,
                  std::vector<std::string> names,
                  bool recursive,
                  uint64_t files_max,
                  Dimensions dimensions)
        : clock_(clock),
          directory_(std::move(directory)),
          names_(std::move(names)),
          recursive_(recursive),
          files_max_(files_max),
          dimensions_(std::move(dimensions)) {}

    Status run(Measurements& out) override {
        if (names_ == std::vector<std::string>{"*"}) {
            uint64_t seen = 0;
            return walk(directory_, recursive_, files_max_, seen,
                        [&](const std::string& directory, const std::string& name, const struct stat& found) {
                            add(directory, name, static_cast<double>(found.st_size), out);
                        });
        }
        std::string missing;
        for (const std::string& name : names_) {
            struct stat found {};
            if (::stat((directory_ + "/" + name).c_str(), &found) == 0 && S_ISREG(found.st_mode))
                add(directory_, name, static_cast<double>(found.st_size), out);
            else
                missing += (missing.empty() ? "" : ", ") + name;
        }
        if (missing.empty()) return {};
        return make_error(Code::not_found, "{} has no file {}", directory_, missing);
    }

  private:
    void add(const std::string& directory, const std::string& name, double bytes, Measurements& out) {
        Dimensions dimensions = dimensions_;
        dimensions.insert_or_assign("directory_name", directory);
        dimensions.insert_or_assign("file_name", name);
        out.push_back({"file.size_bytes", std::move(dimensions), bytes, clock_.now_ms(), {}});
    }

    Clock& clock_;  // outlives this
    const std::string directory_;
    const std::vector<std::string> names_;
    const bool recursive_;
    const uint64_t files_max_;
    const Dimensions dimensions_;
};

std::string without_last_slash(std::string path) {
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    return path;
}

}  // namespace

Result<std::unique_ptr<Check>> make_process_check(const Fields& fields) {
    std::vector<std::string> search = TRY(fields.list("search_string"));
    if (search.empty()) return fields.wrong("search_string", "is missing");
    return std::unique_ptr<Check>(std::make_unique<ProcessCheck>(
        fields.context().clock, TRY(fields.text("proc_root", "/proc")), std::move(search),
        TRY(fields.flag("exact_match", true)), TRY(fields.flag("detailed", false)),
        TRY(fields.dimensions({{"process_name", TRY(fields.needed("name"))}}))));
}

Result<std::unique_ptr<Check>> make_directory_check(const Fields& fields) {
    const std::string directory = TRY(fields.needed("directory"));
    const std::string name = TRY(fields.text("name", directory));
    return std::unique_ptr<Check>(std::make_unique<DirectoryCheck>(
        fields.context().clock, without_last_slash(directory), TRY(fields.text("pattern", "*")),
        TRY(fields.flag("recursive", false)), fields.context().files_max, TRY(fields.dimensions({{"name", name}}))));
}

Result<std::unique_ptr<Check>> make_file_size_check(const Fields& fields) {
    const std::string directory = TRY(fields.needed("directory_name"));
    std::vector<std::string> names = TRY(fields.list("file_names"));
    if (names.empty()) return fields.wrong("file_names", "is missing");
    return std::unique_ptr<Check>(std::make_unique<FileSizeCheck>(
        fields.context().clock, without_last_slash(directory), std::move(names), TRY(fields.flag("recursive", false)),
        fields.context().files_max, TRY(fields.dimensions())));
}

}  // namespace belfry::ingest::agent
