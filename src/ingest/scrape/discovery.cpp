#include "ingest/scrape/discovery.h"

#include "base/file.h"
#include "ingest/scrape/stats.h"

#include <glob.h>
#include <sys/stat.h>

namespace belfry::ingest::scrape {
namespace {

std::vector<std::string> paths_of(const std::vector<std::string>& patterns, size_t max) {
    std::vector<std::string> out;
    for (const std::string& pattern : patterns) {
        glob_t found{};
        if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
            for (size_t i = 0; i < found.gl_pathc && out.size() < max; i++)
                out.emplace_back(found.gl_pathv[i]);
        ::globfree(&found);
    }
    return out;
}

void set_label(TargetGroup& group, const std::string& name, const std::string& value) {
    std::erase_if(group.labels, [&](const auto& label) { return label.first == name; });
    group.labels.emplace_back(name, value);
}

}  // namespace

std::string file_signature(const std::string& path) {
    struct stat info {};
    if (path.empty() || ::stat(path.c_str(), &info) != 0) return "";
    return fmt::format("{} {} {}.{}", info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

std::vector<Discovery> discoveries_of(const JobConfig& job) {
    std::vector<Discovery> out;
    if (!job.groups.empty()) out.emplace_back(job.groups);
    for (const FileDiscovery& files : job.files)
        out.emplace_back(files);
    for (const HttpDiscovery& url : job.urls)
        out.emplace_back(url);
    return out;
}

// Files are looked at each time: a look costs a few stats, and a change counts at once.
bool Discovery::is_due(const Clock& clock) const {
    if (std::holds_alternative<FileDiscovery>(source_)) return true;
    return std::holds_alternative<HttpDiscovery>(source_) && clock.monotonic_ms() >= next_ms_;
}

bool Discovery::refresh(Clock& clock, const std::string& job, int cancel_fd) {
    if (const auto* files = std::get_if<FileDiscovery>(&source_)) return read_files(*files);
    if (const auto* url = std::get_if<HttpDiscovery>(&source_)) {
        next_ms_ = clock.monotonic_ms() + url->refresh_ms;
        return ask(clock, *url, job, cancel_fd);
    }
    return false;
}

bool Discovery::read_files(const FileDiscovery& files) {
    const std::vector<std::string> paths = paths_of(files.files, FILES_MAX);
    bool changed = false;
    std::map<std::string, ReadFile> next;
    for (const std::string& path : paths) {
        std::string signature = file_signature(path);
        const auto known = files_.find(path);
        if (known != files_.end() && known->second.signature == signature) {
            next.emplace(path, std::move(known->second));
            continue;
        }
        changed = true;
        ReadFile read = known == files_.end() ? ReadFile{} : std::move(known->second);
        read.signature = std::move(signature);
        read.error.clear();
        Result<std::string> text = read_file(real_file_system(), path, LIST_BYTES_MAX);
        Result<std::vector<TargetGroup>> groups =
            text.ok() ? read_target_groups(*text, path) : Result<std::vector<TargetGroup>>(text.error());
        discoveries.at({"file", groups.ok() ? "read" : "failed"}).add();
        if (groups.ok()) {
            read.groups = std::move(groups).value();
            for (TargetGroup& group : read.groups)
                set_label(group, "__meta_filepath", path);
        } else {
            read.error = fmt::format("{}: {}", path, groups.error().message);
        }
        next.emplace(path, std::move(read));
    }
    changed = changed || next.size() != files_.size();
    for (const auto& [path, read] : files_)
        changed = changed || !next.contains(path);
    files_ = std::move(next);
    if (!changed) return false;
    groups_.clear();
    error_.clear();
    for (const auto& [path, read] : files_) {
        groups_.insert(groups_.end(), read.groups.begin(), read.groups.end());
        if (!read.error.empty()) error_ = read.error;
    }
    return true;
}

bool Discovery::ask(Clock& clock, const HttpDiscovery& from, const std::string& job, int cancel_fd) {
    const std::string before = error_;
    const auto read = [&]() -> Result<std::string> {
        const size_t host = from.url.find("://") + 3;
        const size_t path = std::min(from.url.find_first_of("/?", host), from.url.size());
        http::Url url = TRY(http::parse_url(from.url.substr(0, path)));
        std::string target = from.url.substr(path);
        if (!target.starts_with('/')) target.insert(0, "/");
        auto tls = url.scheme == "https" ? std::make_shared<http::TlsClient>(from.access.tls) : nullptr;
        http::FetchConnection connection(clock, std::move(url), std::move(tls), cancel_fd);
        const http::FetchResponse answer = TRY(Scraper::ask(
            clock, connection, from.access,
            {.method = "GET",
             .target = std::move(target),
             .headers = {{"Accept", "application/json"},
                         {"X-Prometheus-Refresh-Interval-Seconds", std::to_string(from.refresh_ms / 1000)}},
             .body = {},
             .timeout_ms = 10'000,
             .connect_timeout_ms = 10'000,
             .body_bytes_max = LIST_BYTES_MAX,
             .may_grow = {},
             .receive = {}},
            cancel_fd));
        if (answer.status != 200) return make_error(Code::unavailable, "HTTP status {}", answer.status);
        return answer.body;
    }();
    Result<std::vector<TargetGroup>> groups =
        read.ok() ? read_target_groups(*read, from.url) : Result<std::vector<TargetGroup>>(read.error());
    discoveries.at({"http", groups.ok() ? "read" : "failed"}).add();
    if (!groups.ok()) {
        error_ = fmt::format("job {}: {}: {}", job, from.url, groups.error().message);
        return error_ != before;
    }
    error_.clear();
    if (*read == body_ && before.empty()) return false;
    body_ = *read;
    groups_ = std::move(groups).value();
    for (TargetGroup& group : groups_)
        set_label(group, "__meta_url", from.url);
    return true;
}

}  // namespace belfry::ingest::scrape
