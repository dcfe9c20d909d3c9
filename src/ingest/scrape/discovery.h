#pragma once

#include "base/clock.h"
#include "ingest/scrape/config.h"
#include "ingest/scrape/scraper.h"

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace belfry::ingest::scrape {

/// One source of target groups of a job: what stands in the configuration, files of lists, or a server that gives a
/// list. What cannot be read leaves the groups as they were. One thread at a time.
class Discovery {
  public:
    explicit Discovery(std::vector<TargetGroup> groups) : groups_(std::move(groups)) {}
    explicit Discovery(FileDiscovery files) : source_(std::move(files)) {}
    explicit Discovery(HttpDiscovery url) : source_(std::move(url)) {}

    [[nodiscard]] bool is_due(const Clock& clock) const;
    [[nodiscard]] bool asks_server() const { return std::holds_alternative<HttpDiscovery>(source_); }
    /// Reads again; true when groups or error are others than before.
    [[nodiscard]] bool refresh(Clock& clock, const std::string& job, int cancel_fd);
    [[nodiscard]] const std::vector<TargetGroup>& groups() const { return groups_; }
    [[nodiscard]] const std::string& error() const { return error_; }

    static constexpr uint64_t LIST_BYTES_MAX = 64ULL << 20;
    static constexpr size_t FILES_MAX = 10'000;  // of one pattern

  private:
    [[nodiscard]] bool read_files(const FileDiscovery& files);
    [[nodiscard]] bool ask(Clock& clock, const HttpDiscovery& from, const std::string& job, int cancel_fd);

    std::variant<std::monostate, FileDiscovery, HttpDiscovery> source_;
    std::vector<TargetGroup> groups_;
    std::string error_;
    struct ReadFile {
        std::string signature;
        std::vector<TargetGroup> groups;
        std::string error;
    };
    std::map<std::string, ReadFile> files_;
    int64_t next_ms_ = 0;  // monotonic
    std::string body_;     // the server's last answer
};

[[nodiscard]] std::vector<Discovery> discoveries_of(const JobConfig& job);

/// Changes when a file does (its inode, size or time of change); "" when it is missing or the path is empty.
[[nodiscard]] std::string file_signature(const std::string& path);

}  // namespace belfry::ingest::scrape
