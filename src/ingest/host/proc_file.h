#pragma once

#include <string>
#include <string_view>

namespace belfry::ingest::host {

/// A file of /proc or /sys that is read again and again: opened once, read from its start with pread. One thread.
class ProcFile {
  public:
    explicit ProcFile(std::string path) : path_(std::move(path)) {}
    ~ProcFile();
    ProcFile(const ProcFile&) = delete;
    ProcFile& operator=(const ProcFile&) = delete;

    /// Its present content, at most CONTENT_BYTES_MAX; "" when the kernel has no such file (asked again next time).
    /// Valid until the next call.
    [[nodiscard]] std::string_view read();

    static constexpr size_t CONTENT_BYTES_MAX = 4UL << 20;  // /proc/stat of 1,000 cores has 0.2 MB

  private:
    std::string path_;
    int fd_ = -1;
    std::string buffer_;
};

/// For files that are read seldom.
[[nodiscard]] std::string read_small_file(const std::string& path);

}  // namespace belfry::ingest::host
