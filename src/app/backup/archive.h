#pragma once

#include "app/backup/tar.h"
#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::app {

// A backup is a directory with the files of a data directory that cannot be made again, or the same as a tar stream:
//
//   metrics/manifest, metrics/*.mdb    a metric store
//   catalog.sqlite                     tenants, users, keys, dashboards, ...
//   alarms.sqlite                      alarms and their history
//   notify.sqlite                      what is told of them: waiting deliveries, repeats, groups, the log of deliveries
//   checksums                          the last one: "belfry-backup 1\n", then a line a file: crc32c (8 hex digits),
//                                      size, name
//
// The log is not in it: the stores hold all that it held, and its topics go on at their positions.

inline constexpr std::string_view CHECKSUMS = "checksums";

/// Reads the files of such a directory as a tar stream, part by part; makes `checksums` on the way. One thread at a
/// time.
class ArchiveSource {
  public:
    /// `files` as given by `files_below`. `time_s` stands in the headers.
    ArchiveSource(FileSystem& file_system, std::string directory, std::vector<std::string> files, int64_t time_s);
    /// Appends the next part; false: that was the last one.
    [[nodiscard]] Result<bool> next(std::string& out);
    /// What `checksums` holds, once all files were read.
    [[nodiscard]] const std::string& checksums() const { return checksums_; }

  private:
    FileSystem& file_system_;  // outlives this
    std::string directory_;
    std::vector<std::string> files_;
    int64_t time_s_;
    size_t at_ = 0;  // of files_
    std::unique_ptr<File> file_;
    uint64_t size_ = 0;
    uint64_t offset_ = 0;
    uint32_t crc_ = 0;
    std::string checksums_;
};

/// The files below a directory, relative, sorted, without `checksums`; two levels.
[[nodiscard]] Result<std::vector<std::string>> files_below(FileSystem& file_system, const std::string& directory);

/// Writes what a TarReader (or anyone) gives into a directory, and holds it against `checksums` at the end.
class ArchiveTarget final : public TarSink {
  public:
    ArchiveTarget(FileSystem& file_system, std::string directory)
        : file_system_(file_system), directory_(std::move(directory)) {}
    [[nodiscard]] Status begin(const TarEntry& entry) override;
    [[nodiscard]] Status content(std::string_view bytes) override;
    [[nodiscard]] Status end() override;
    /// All files came, each as it was; everything is on disk.
    [[nodiscard]] Status finish();
    [[nodiscard]] uint64_t bytes() const { return bytes_; }
    [[nodiscard]] size_t files() const { return seen_.size(); }

  private:
    struct Seen {
        uint32_t crc = 0;
        uint64_t size = 0;
        friend bool operator==(const Seen&, const Seen&) = default;
    };
    FileSystem& file_system_;  // outlives this
    std::string directory_;
    std::string name_;
    std::unique_ptr<File> file_;
    Seen current_;
    std::map<std::string, Seen> seen_;
    std::string checksums_;
    uint64_t bytes_ = 0;
};

/// Removes a directory with what is in it; fine when it is missing.
[[nodiscard]] Status remove_tree(FileSystem& file_system, const std::string& directory);

}  // namespace belfry::app
